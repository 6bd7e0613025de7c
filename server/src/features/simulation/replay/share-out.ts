import { startReplayer, type Replayer } from './replayer.ts'

/** Lends out so many threads, which end with the work. */
export async function withReplayers<Result>(
  count: number,
  work: (replayers: readonly Replayer[]) => Promise<Result>,
): Promise<Result> {
  const replayers = Array.from({ length: count }, startReplayer)
  try {
    return await work(replayers)
  } finally {
    await Promise.all(replayers.map((replayer) => replayer.close()))
  }
}

/** Each begins the next task when it is done with one; results as the tasks stand. The first failure ends all. */
export async function shareOut<Task, Result>(
  replayers: readonly Replayer[],
  tasks: readonly Task[],
  work: (replayer: Replayer, task: Task) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  await Promise.all(
    replayers.map(async (replayer) => {
      while (next < tasks.length) {
        const index = next++
        results[index] = await work(replayer, tasks[index]!)
      }
    }),
  )
  return results
}
