import { runCall, type Call } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import { compareIds } from '../../shared/ids.ts'
import { teamAnswer, userAnswer } from './answers.ts'
import type { Team } from './domain/team.ts'
import type { People } from './people.ts'
import { lockMembership, lockTeamsOfUsers } from './queries/rosters.ts'
import { insertMembers, insertTeam } from './queries/teams.ts'

/** Creates a team. Members who are in another team move, and their open reviews stay with them. */
export function addTeam(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  call: Call<Team>,
): Promise<Team> {
  const { teamName } = call.input
  const members = call.input.members.toSorted((a, b) => compareIds(a.userId, b.userId))
  return runCall(deps, call, async (tx) => {
    await tx.run(lockMembership(deps.workspaceId))
    const [, created] = await Promise.all([
      tx.run(
        lockTeamsOfUsers(
          deps.workspaceId,
          members.map(({ userId }) => userId),
        ),
      ),
      tx.run(insertTeam(deps.workspaceId, teamName)),
    ])
    if (created.length === 0) {
      throw new AppError('invalid', 'TEAM_EXISTS', `A team called ${JSON.stringify(teamName)} exists already.`)
    }
    const left = await tx.run(insertMembers(deps.workspaceId, teamName, members, actorLabel(call.actor)))
    return {
      result: { teamName, members },
      changed: [
        teamAnswer(teamName),
        ...left.map(({ team_name }) => teamAnswer(team_name)),
        ...members.map(({ userId }) => userAnswer(userId)),
      ],
      afterCommit: () => {
        for (const { team_name } of left) deps.rosters.drop(team_name)
      },
    }
  })
}
