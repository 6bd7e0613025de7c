import type { Context } from '../../context.ts'
import { createBatcher, type Batcher } from '../../infra/batch/batcher.ts'
import type { Call } from '../../infra/db/commands.ts'
import { retryWithout } from '../../infra/db/database-errors.ts'
import { calendarReader, type CalendarReader } from './calendar/read-apart.ts'
import type { User } from './domain/team.ts'
import { teamReader, type TeamReader } from './get-team.ts'
import { userReader, type UserReader } from './get-user.ts'
import { Rosters } from './rosters.ts'
import { setActiveFlags, type ActiveFlag } from './set-is-active.ts'

/** What the use cases of this feature share within a process. */
export type People = Pick<Context, 'db' | 'workspaceId' | 'answers'> & {
  rosters: Rosters
  activeFlags: Batcher<Call<ActiveFlag>, User>
  teams: TeamReader
  users: UserReader
  calendars: CalendarReader
}

export function createPeople({ db, workspaceId, answers, batching }: Context): People {
  const deps = { db, workspaceId, answers, rosters: new Rosters() }
  const activeFlags = createBatcher<Call<ActiveFlag>, User>({
    ...batching,
    run: (calls) => setActiveFlags(deps, calls),
    keysOf: ({ input, once }) => [`user:${input.userId}`, ...(once === null ? [] : [`once:${once.key}`])],
    retry: retryWithout,
  })
  return {
    ...deps,
    activeFlags,
    teams: teamReader(deps, batching),
    users: userReader(deps, batching),
    calendars: calendarReader(batching),
  }
}
