import type { Bench } from './bench.ts'
import type { Table } from './report/table.ts'
import type { BenchServer } from './server.ts'

export type Figures = Readonly<Record<string, number>>

/** What is said about a figure, and whether it is so. */
export type Judgement = { promise: string; measured: string; holds: boolean }

export type Outcome = {
  figures: Figures
  judgements: readonly Judgement[]
  tables?: readonly Table[]
  /** Values over time or over points, for charts. */
  series?: Readonly<Record<string, readonly number[]>>
}

export type Scenario = {
  name: string
  /** One line for `--help`. */
  about: string
  run: (bench: Bench) => Promise<Outcome>
}

/** A figure that the scenario must have measured. */
export function figure(figures: Figures, name: string): number {
  const value = figures[name]
  if (value === undefined) throw new Error(`The scenario did not measure ${name}`)
  return value
}

export function joined(parts: readonly Figures[]): Figures {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)))
}

/** A scenario that measures figures on one server and makes one promise about them. */
export function simpleScenario(scenario: {
  name: string
  promise: string
  measure: (server: BenchServer, options: { isQuick: boolean }) => Promise<Figures>
  holds: (figures: Figures) => boolean
  measured: (figures: Figures) => string
}): Scenario {
  const { name, promise, measure, holds, measured } = scenario
  return {
    name,
    about: promise,
    async run(bench) {
      const server = await bench.startServer()
      const figures = await bench.step(name, null, () => measure(server, bench.options))
      return { figures, judgements: [{ promise, measured: measured(figures), holds: holds(figures) }] }
    },
  }
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
