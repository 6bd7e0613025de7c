import type { Context } from '../../context.ts'
import { createReader, type Reader } from '../../infra/batch/reader.ts'
import type { Actor } from '../../shared/actor.ts'
import type { People } from './people.ts'
import { listTeamsAsJson } from './queries/teams.ts'
import { unknownTeam } from './refusals.ts'

/** Teams by name, as the contract's JSON. */
export type TeamReader = Reader<string>

export function teamReader(
  { db, workspaceId }: Pick<Context, 'db' | 'workspaceId'>,
  batching: Context['batching'],
): TeamReader {
  return createReader((names) => listTeamsAsJson(db, workspaceId, names), batching)
}

/** The team as JSON. */
export async function getTeam(
  { teams }: Pick<People, 'teams'>,
  _actor: Actor,
  { teamName }: { teamName: string },
): Promise<string> {
  const team = await teams.submit(teamName)
  if (team === undefined) throw unknownTeam(teamName)
  return team
}
