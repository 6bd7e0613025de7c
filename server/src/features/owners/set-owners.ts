import { runCall, type Call } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import { ownersAnswer } from './answers.ts'
import { parseCodeOwners, type Dialect, type LineError } from './domain/code-owners.ts'
import { summarize } from './owners-summary.ts'
import type { Owners } from './owners.ts'
import { upsertOwners } from './queries/code-owners.ts'

export type NewOwners = { repository: string; dialect: Dialect; content: string }
export type SetOwners = Omit<NewOwners, 'content'> & { rules: number; errors: readonly LineError[]; updatedAt: string }

/** Stores the file in place of the repository's former one, errors and all; to do so again changes nothing. */
export function setOwners(
  deps: Pick<Owners, 'db' | 'workspaceId' | 'answers' | 'files'>,
  call: Call<NewOwners>,
): Promise<SetOwners> {
  const { repository, dialect, content } = call.input
  const { rules, errors } = summarize(parseCodeOwners(dialect, content))
  return runCall(deps, call, async (tx) => {
    const [row] = await tx.run(upsertOwners(deps.workspaceId, call.input, actorLabel(call.actor)))
    return {
      result: { repository, dialect, rules, errors, updatedAt: row!.updatedAt },
      changed: [ownersAnswer(repository)],
      afterCommit: () => deps.files.forget(repository),
    }
  })
}
