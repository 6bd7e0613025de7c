import { decodeCursor, pageOf, refuseCursor, type Page } from '../../infra/db/keyset.ts'
import type { Actor } from '../../shared/actor.ts'
import type { Simulation } from './domain/simulation.ts'
import { listSimulations as querySimulations } from './queries/simulations.ts'
import type { Simulations } from './simulations.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/

/** Newest first, a page at a time. */
export async function listSimulations(
  { db, workspaceId }: Pick<Simulations, 'db' | 'workspaceId'>,
  _actor: Actor,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<Simulation>> {
  const key = decodeCursor(cursor, 2)
  if (key !== null && !isTime(key[0]!)) throw refuseCursor()
  const before = key === null ? null : ([key[0]!, key[1]!] as const)
  const rows = await querySimulations(db, workspaceId, { before, limit: limit + 1 })
  return pageOf(rows, limit, ({ startedAt, simulationId }) => [startedAt, simulationId])
}

function isTime(text: string): boolean {
  const time = new Date(text)
  const isReal = TIME.test(text) && !Number.isNaN(time.getTime()) && time.getUTCFullYear() >= 1970
  return isReal && time.toISOString().slice(0, 19) === text.slice(0, 19)
}
