import { decodeCursor, pageOf, refuseCursor, type Page } from '../../infra/db/keyset.ts'
import type { Actor } from '../../shared/actor.ts'
import type { Absence } from './domain/member.ts'
import type { People } from './people.ts'
import { listAbsences as queryAbsences, type AbsenceFilter } from './queries/absences.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

/** Absences by user and end, a page at a time; those that are over only where `from` asks for them. */
export async function listAbsences(
  { db, workspaceId }: Pick<People, 'db' | 'workspaceId'>,
  _actor: Actor,
  { cursor, limit, ...filter }: AbsenceFilter & { cursor?: string | undefined; limit: number },
): Promise<Page<Absence>> {
  const key = decodeCursor(cursor, 3)
  if (key !== null && !isTime(key[1]!)) throw refuseCursor()
  const after = key === null ? null : ([key[0]!, key[1]!, key[2]!] as const)
  const rows = await queryAbsences(db, workspaceId, filter, { after, limit: limit + 1 })
  return pageOf(rows, limit, ({ userId, to, absenceId }) => [userId, to, absenceId])
}

function isTime(text: string): boolean {
  const time = new Date(text)
  const isReal = TIME.test(text) && !Number.isNaN(time.getTime()) && time.getUTCFullYear() >= 1970
  return isReal && time.toISOString().slice(0, 19) === text.slice(0, 19)
}
