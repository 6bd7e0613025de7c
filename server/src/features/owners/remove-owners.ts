import { runCall, type Call } from '../../infra/db/commands.ts'
import { ownersAnswer } from './answers.ts'
import type { Owners } from './owners.ts'
import { deleteOwners } from './queries/code-owners.ts'
import { noOwnersFile } from './refusals.ts'

/** Forgets the repository's file: from now on its files have no owners. */
export function removeOwners(
  deps: Pick<Owners, 'db' | 'workspaceId' | 'answers' | 'files'>,
  call: Call<{ repository: string }>,
): Promise<{ repository: string }> {
  const { repository } = call.input
  return runCall(deps, call, async (tx) => {
    const [removed] = await tx.run(deleteOwners(deps.workspaceId, repository))
    if (removed === undefined) throw noOwnersFile(repository)
    return {
      result: removed,
      changed: [ownersAnswer(repository)],
      afterCommit: () => deps.files.forget(repository),
    }
  })
}
