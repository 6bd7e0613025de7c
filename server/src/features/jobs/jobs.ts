import type { Context } from '../../context.ts'

/** What the use cases of this feature share within a process. */
export type Jobs = Pick<Context, 'db' | 'workspaceId' | 'answers'>

export function createJobs({ db, workspaceId, answers }: Jobs): Jobs {
  return { db, workspaceId, answers }
}
