import {
  isSlow,
  reportOf,
  shareOut,
  withReplayers,
  type PastChange,
  type Replayed,
  type Replayer,
  type Report,
  type Rule,
} from '../../features/simulation/index.ts'
import { chunksOf } from '../../shared/chunks.ts'
import { CommandError } from '../terminal/command.ts'

/** A history to replay, in parts as threads take them. */
export type Prepared = { file: string; changes: number; parts: readonly string[] }

type Task = { file: number; rule: Rule; place: number }

const PART_SIZE = 1000

export function prepare(file: string, changes: readonly PastChange[]): Prepared {
  const parts = chunksOf(changes, PART_SIZE).map((part) => JSON.stringify(part.map(asPastChange)))
  return { file, changes: changes.length, parts }
}

function asPastChange({
  id,
  authorId,
  reviewerIds,
  files,
  renames,
  deleted,
  openedMs,
  landedMs,
  lines = null,
}: PastChange) {
  return { id, authorId, reviewerIds, files, renames, deleted, openedMs, landedMs, lines } satisfies PastChange
}

/**
 * Replays each history with each rule on so many threads; the reports come out as on one. `onProgress` is told how many changes all
 * rules together have seen.
 */
export function replayAll(
  histories: readonly Prepared[],
  rules: readonly Rule[],
  threads: number,
  onProgress: (seen: number) => void,
): Promise<Report[]> {
  const tasks = tasksOf(histories, rules)
  const seen = tasks.map(() => 0)
  const loaded = new Map<Replayer, number>()

  function load(replayer: Replayer, file: number): void {
    if (loaded.get(replayer) === file) return
    replayer.forget()
    for (const part of histories[file]!.parts) replayer.load(part)
    loaded.set(replayer, file)
  }
  function advance(task: Task, share: number): void {
    seen[task.place] = Math.round(share * histories[task.file]!.changes)
    onProgress(seen.reduce((sum, each) => sum + each, 0))
  }
  async function replay(replayer: Replayer, task: Task): Promise<Replayed> {
    load(replayer, task.file)
    try {
      const replayed = await replayer.replay(task.rule, (share) => advance(task, share))
      advance(task, 1)
      return replayed
    } catch (error) {
      throw new CommandError(`${histories[task.file]!.file} could not be replayed: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
  return withReplayers(Math.min(threads, tasks.length), async (replayers) => {
    const order = tasks.toSorted((a, b) => Number(isSlow(b.rule)) - Number(isSlow(a.rule)))
    const replayed = await shareOut(replayers, order, replay)
    const byPlace = new Map(order.map(({ place }, index) => [place, replayed[index]!]))
    return histories.map((_, file) =>
      reportOf(tasks.filter((task) => task.file === file).map(({ place }) => byPlace.get(place)!)),
    )
  })
}

function tasksOf(histories: readonly Prepared[], rules: readonly Rule[]): Task[] {
  return histories.flatMap((_, file) =>
    rules.map((rule, index) => ({ file, rule, place: file * rules.length + index })),
  )
}
