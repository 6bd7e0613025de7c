import { runCall, type Call } from '../../infra/db/commands.ts'
import type { Tx } from '../../infra/db/database.ts'
import { AppError } from '../../shared/errors.ts'
import type { Absence } from './domain/member.ts'
import { lockTeamOf } from './lock-team-of.ts'
import type { People } from './people.ts'
import { countAbsences, findAbsence, insertAbsence } from './queries/absences.ts'
import { raiseVersion } from './queries/rosters.ts'

export type NewAbsence = { absenceId: string | null; userId: string; from: string; to: string }

/** Of one person, by hand, that are not over. */
export const MAX_ABSENCES = 1000

/** Notes that somebody is away. Adding what is known already under this id is harmless. */
export function addAbsence(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  call: Call<NewAbsence>,
): Promise<Absence> {
  const { workspaceId } = deps
  const { absenceId, ...times } = call.input
  const wanted: Absence = { ...times, absenceId: absenceId ?? crypto.randomUUID(), source: 'hand' }
  return runCall(deps, call, async (tx) => {
    const { teamName } = await lockTeamOf(tx, workspaceId, wanted.userId)
    const [added] = await tx.run(insertAbsence(workspaceId, wanted))
    if (added === undefined) return { result: await requireSame(tx, workspaceId, wanted), changed: [] }
    const [known] = await Promise.all([
      countAbsences(tx, workspaceId, wanted.userId, MAX_ABSENCES + 1),
      tx.run(raiseVersion(workspaceId, teamName)),
    ])
    if (known > MAX_ABSENCES) throw tooMany(wanted.userId)
    return { result: added, changed: [], afterCommit: () => deps.rosters.drop(teamName) }
  })
}

async function requireSame(tx: Tx, workspaceId: number, wanted: Absence): Promise<Absence> {
  const known = await findAbsence(tx, workspaceId, wanted.absenceId)
  const isSame = known?.userId === wanted.userId && known.from === wanted.from && known.to === wanted.to
  if (known !== undefined && isSame && known.source === 'hand') return known
  const message = `Another absence has the id ${JSON.stringify(wanted.absenceId)}.`
  throw new AppError('conflict', 'ABSENCE_EXISTS', message)
}

function tooMany(userId: string): AppError {
  const message = `${JSON.stringify(userId)} has ${MAX_ABSENCES} absences already that are not over.`
  return new AppError('conflict', 'TOO_MANY_ABSENCES', message)
}
