import type { Context } from '../../context.ts'
import { createBatcher, type Batcher } from '../../infra/batch/batcher.ts'
import type { Call } from '../../infra/db/commands.ts'
import { isWorthRetryingAlone } from '../../infra/db/database-errors.ts'
import type { User } from './domain/team.ts'
import { Rosters } from './rosters.ts'
import { setActiveFlags, type ActiveFlag } from './set-is-active.ts'

/** What the use cases of this feature share within a process. */
export type People = Pick<Context, 'db' | 'workspaceId'> & {
  rosters: Rosters
  activeFlags: Batcher<Call<ActiveFlag>, User>
}

export function createPeople(context: Context, maxBatchSize: number): People {
  const deps = { db: context.db, workspaceId: context.workspaceId, rosters: new Rosters() }
  const activeFlags = createBatcher<Call<ActiveFlag>, User>({
    maxSize: maxBatchSize,
    run: (calls) => setActiveFlags(deps, calls),
    keysOf: ({ input, once }) => [`user:${input.userId}`, ...(once === null ? [] : [`once:${once.key}`])],
    isWorthRetryingAlone,
  })
  return { ...deps, activeFlags }
}
