import { runCall, type Call } from '../../infra/db/commands.ts'
import type { Tx } from '../../infra/db/database.ts'
import { AppError } from '../../shared/errors.ts'
import type { RampLevel } from '../../shared/roster.ts'
import type { Ramp } from './domain/member.ts'
import { requireMember } from './get-member.ts'
import { lockTeamOf } from './lock-team-of.ts'
import type { People } from './people.ts'
import { deleteRamp, upsertRamp } from './queries/members.ts'
import { raiseVersion } from './queries/rosters.ts'

/** A mentor left out stays, null is none. */
export type RampChange = { userId: string; level: RampLevel; mentorId: string | null | undefined }

/** Says how far somebody has come as a reviewer of their present team, and who goes with them. The ramped have no mentor. */
export function setRamp(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  call: Call<RampChange>,
): Promise<Ramp & { userId: string; teamName: string }> {
  const { workspaceId } = deps
  const { userId, level } = call.input
  return runCall(deps, call, async (tx) => {
    const { teamName } = await lockTeamOf(tx, workspaceId, userId)
    const mentorId = level === 'ramped' ? null : await mentorOf(tx, workspaceId, teamName, call.input)
    const query =
      level === 'ramped'
        ? deleteRamp(workspaceId, teamName, userId)
        : upsertRamp(workspaceId, teamName, userId, { level, mentorId })
    await Promise.all([tx.run(query), tx.run(raiseVersion(workspaceId, teamName))])
    const result = { userId, teamName, level, mentorId }
    return { result, changed: [], afterCommit: () => deps.rosters.drop(teamName) }
  })
}

async function mentorOf(tx: Tx, workspaceId: number, teamName: string, change: RampChange): Promise<string | null> {
  const { userId, mentorId } = change
  if (mentorId === undefined) return (await requireMember(tx, workspaceId, userId)).mentorId
  if (mentorId === null) return null
  const mentor = await requireMember(tx, workspaceId, mentorId)
  if (mentor.teamName === teamName) return mentorId
  const message = `mentor_id: ${JSON.stringify(mentorId)} is not in the team ${JSON.stringify(teamName)}.`
  throw new AppError('invalid', 'INVALID_REQUEST', message)
}
