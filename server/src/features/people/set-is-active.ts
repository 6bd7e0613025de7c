import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { runCalls, type Call } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import { changesBySwitching } from './answers.ts'
import type { User } from './domain/team.ts'
import type { People } from './people.ts'
import { holdMembership, lockTeamsOfUsers } from './queries/rosters.ts'
import { updateActiveFlags, type FlaggedUser } from './queries/users.ts'
import { unknownUser } from './refusals.ts'

export type ActiveFlag = { userId: string; isActive: boolean }

/** Switches somebody on or off for new reviews; open reviews stay where they are. Repeating it is harmless. */
export function setIsActive({ activeFlags }: Pick<People, 'activeFlags'>, call: Call<ActiveFlag>): Promise<User> {
  return activeFlags.submit(call)
}

/** `setIsActive` for calls about different users, in one transaction. */
export function setActiveFlags(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  calls: readonly Call<ActiveFlag>[],
): Promise<readonly BatchOutcome<User>[]> {
  return runCalls(deps, calls, async (tx, fresh) => {
    const userIds = fresh.map(({ input }) => input.userId)
    const changes = fresh.map(({ input, actor }) => ({ ...input, actor: actorLabel(actor) }))
    const [, , flagged] = await Promise.all([
      tx.run(holdMembership(deps.workspaceId)),
      tx.run(lockTeamsOfUsers(deps.workspaceId, userIds)),
      tx.runAndCommit(updateActiveFlags(deps.workspaceId, changes)),
    ])
    const byId = new Map(flagged.map((user) => [user.userId, user]))
    const switched = flagged.filter(({ version }) => version !== null)
    return {
      outcomes: fresh.map(({ input }) => outcomeOf(byId.get(input.userId), input.userId)),
      changed: switched.flatMap(changesBySwitching),
      afterCommit: () => follow(deps, switched),
    }
  })
}

function outcomeOf(flagged: FlaggedUser | undefined, userId: string): BatchOutcome<User> {
  if (flagged === undefined) return { ok: false, error: unknownUser(userId) }
  const { version: _, ...user } = flagged
  return { ok: true, value: user }
}

function follow({ rosters }: Pick<People, 'rosters'>, switched: readonly FlaggedUser[]): void {
  for (const [teamName, users] of Map.groupBy(switched, (user) => user.teamName)) {
    rosters.follow(teamName, users[0]!.version!, new Map(users.map(({ userId, isActive }) => [userId, isActive])))
  }
}
