import { runCall, type Call } from '../../infra/db/commands.ts'
import { AppError } from '../../shared/errors.ts'
import type { Absence } from './domain/member.ts'
import { lockTeamOf } from './lock-team-of.ts'
import type { People } from './people.ts'
import { deleteAbsences, findAbsence } from './queries/absences.ts'
import { raiseVersion } from './queries/rosters.ts'

/** Takes an absence back and answers with what it was. One that a calendar tells of has to go there. */
export function removeAbsence(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  call: Call<{ absenceId: string }>,
): Promise<Absence> {
  const { workspaceId } = deps
  const { absenceId } = call.input
  return runCall(deps, call, async (tx) => {
    const absence = await findAbsence(tx, workspaceId, absenceId)
    if (absence === undefined) throw unknownAbsence(absenceId)
    if (absence.source === 'calendar') throw ofCalendar(absence)
    const { teamName } = await lockTeamOf(tx, workspaceId, absence.userId)
    const [gone] = await tx.run(deleteAbsences(workspaceId, [absenceId]))
    if (gone === undefined) throw unknownAbsence(absenceId)
    await tx.run(raiseVersion(workspaceId, teamName))
    return { result: absence, changed: [], afterCommit: () => deps.rosters.drop(teamName) }
  })
}

function unknownAbsence(absenceId: string): AppError {
  return new AppError('not_found', 'NOT_FOUND', `No absence has the id ${JSON.stringify(absenceId)}.`)
}

function ofCalendar({ userId }: Absence): AppError {
  const message = `It stands in the calendar of ${JSON.stringify(userId)}: remove it there.`
  return new AppError('conflict', 'ABSENCE_OF_CALENDAR', message)
}
