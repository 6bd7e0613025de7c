import type { BenchServer } from './server.ts'

export type Figures = Readonly<Record<string, number>>

/** A figure that the scenario must have measured. */
export function figure(figures: Figures, name: string): number {
  const value = figures[name]
  if (value === undefined) throw new Error(`The scenario did not measure ${name}`)
  return value
}

/** One measurement with the promise it stands for; `holds` judges only ratios and counts taken in the same run. */
export type Scenario = {
  name: string
  promise: string
  measure: (server: BenchServer, options: { isQuick: boolean }) => Promise<Figures>
  holds: (figures: Figures) => boolean
}

export function member(userId: string, isActive = true) {
  return { user_id: userId, username: userId, is_active: isActive }
}

export function pullRequest(id: string, authorId: string) {
  return { pull_request_id: id, pull_request_name: id, author_id: authorId }
}

/** Does the jobs with at most `workers` of them under way. */
export async function inParallel<Job>(
  jobs: readonly Job[],
  workers: number,
  work: (job: Job) => Promise<unknown>,
): Promise<void> {
  const queue = jobs.values()
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const job of queue) await work(job)
    }),
  )
}
