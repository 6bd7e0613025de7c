import { mean, percentile, rounded, timedMs } from '../figures.ts'
import { shown } from '../report/table.ts'
import { figure, inParallel, member, pullRequest, simpleScenario, type Figures } from '../scenario.ts'
import type { BenchServer } from '../server.ts'

const SIZES = [64, 10_000] as const
const WRITERS = 60

export const createByTeamSize = simpleScenario({
  name: 'create-by-team-size',
  promise: 'a create in a team of 10,000 costs at most 1.5 times one in a team of 64',
  measure,
  holds: (figures) => figure(figures, 'cost_ratio_alone') <= 1.5 && figure(figures, 'cost_ratio_at_60_writers') <= 1.5,
  measured: (figures) =>
    `${shown(figure(figures, 'cost_ratio_alone'))} times alone, ${shown(figure(figures, 'cost_ratio_at_60_writers'))} with 60 writers`,
})

async function measure(server: BenchServer, { isQuick }: { isQuick: boolean }): Promise<Figures> {
  for (const size of SIZES) {
    const members = Array.from({ length: size }, (_, index) => member(`t${size}-${index}`))
    await server.post('/team/add', { team_name: `team-${size}`, members })
  }
  const [small, large] = await alone(server, isQuick ? 300 : 1500)
  const [smallSeconds, largeSeconds] = await together(server, isQuick ? 3 : 8)
  return {
    mean_ms_64: rounded(mean(small)),
    mean_ms_10000: rounded(mean(large)),
    p50_ms_64: rounded(percentile(small, 0.5)),
    p50_ms_10000: rounded(percentile(large, 0.5)),
    cost_ratio_alone: rounded(mean(large) / mean(small)),
    cost_ratio_at_60_writers: rounded(largeSeconds / smallSeconds),
  }
}

/** One call at a time, the two sizes in turn, so that noise falls on both. */
async function alone(server: BenchServer, calls: number): Promise<[number[], number[]]> {
  const times: [number[], number[]] = [[], []]
  for (let call = -50; call < calls; call++) {
    for (const [position, size] of SIZES.entries()) {
      const ms = await timedMs(() => create(server, size, `alone-${size}-${call}`, call + 50))
      if (call >= 0) times[position]!.push(ms)
    }
  }
  return times
}

/** Seconds for the same number of creates by 60 writers at once, the two sizes in turn. */
async function together(server: BenchServer, rounds: number): Promise<[number, number]> {
  const seconds: [number, number] = [0, 0]
  for (let round = 0; round < rounds; round++) {
    for (const [position, size] of SIZES.entries()) {
      const jobs = Array.from({ length: 1500 }, (_, index) => index)
      const ms = await timedMs(() =>
        inParallel(jobs, WRITERS, (index) => create(server, size, `together-${size}-${round}-${index}`, index)),
      )
      seconds[position] = seconds[position]! + ms / 1000
    }
  }
  return seconds
}

function create(server: BenchServer, size: number, id: string, turn: number): Promise<unknown> {
  return server.post('/pullRequest/create', pullRequest(id, `t${size}-${(turn * 7) % size}`))
}
