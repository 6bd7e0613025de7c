import type { Context } from '../../context.ts'
import { answerKey } from '../../infra/cache/answer-cache.ts'

/** What other processes are told has changed when one has imported a history. */
export const HISTORY = answerKey('/history/status', 'repository', '')

/** What the use cases of this feature share within a process. */
export type History = Pick<Context, 'db' | 'workspaceId' | 'answers'> & {
  underWay: { imports: number }
  /** `listener` is told when an import of this process has ended, well or not, and brought something new. */
  onImported: (listener: () => void) => void
  announceImport: () => void
}

export function createHistory({ db, workspaceId, answers }: Pick<Context, 'db' | 'workspaceId' | 'answers'>): History {
  const listeners: (() => void)[] = []
  return {
    db,
    workspaceId,
    answers,
    underWay: { imports: 0 },
    onImported: (listener) => void listeners.push(listener),
    announceImport() {
      answers.changed([HISTORY], answers.mark())
      for (const listener of listeners) listener()
    },
  }
}
