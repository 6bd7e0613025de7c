import { closed, loadsOf, type Bench, type Measured } from '../bench.ts'
import { rounded } from '../figures.ts'
import { startBare, type Bare } from '../load/bare.ts'
import { reference } from '../load/reference.ts'
import type { BenchServer } from '../server.ts'

export type ReadLimits = { readsAlone: Measured; sameBytes: Measured; oneTeam: Measured; generator: Measured }

const readers = { readers: reference.readers }

/**
 * Reads alone against servers that only send bytes. The server and the one with the same bytes take turns, so that a machine
 * that changes its speed changes it for both. Nothing may write meanwhile.
 */
export async function measureReadLimits(bench: Bench, server: BenchServer, name: string): Promise<ReadLimits> {
  const { isQuick } = bench.options
  const seconds = isQuick ? 3 : 6
  const warmUp = isQuick ? 1 : 2
  const readsOf = (bare: Bare | null, label: string) =>
    bench.step(label, seconds + warmUp, () =>
      bench.load(server, {
        name,
        loop: closed(readers, seconds, warmUp),
        ...(bare === null ? {} : { targets: [bare.target], watched: { servers: [bare.pid] } }),
      }),
    )

  const same = await bench.step('copying every answer to the bare server', null, () => startBare('same', server.url))
  const one = await startBare('one', server.url)
  try {
    const ours: Measured[] = []
    const theirs: Measured[] = []
    for (let round = 0; round < (isQuick ? 1 : 2); round++) {
      ours.push(await readsOf(null, 'reads alone, warm'))
      theirs.push(await readsOf(same, 'bare HTTP server, the same bytes'))
    }
    return {
      readsAlone: addedUp(ours),
      sameBytes: addedUp(theirs),
      oneTeam: await readsOf(one, 'bare HTTP server, the bytes of one team'),
      generator: await measureGenerator(bench, server, same.bytesPerAnswer, name),
    }
  } finally {
    same.end()
    one.end()
  }
}

/** One plain socket server for each generator process, so that they do not wait for it. */
async function measureGenerator(bench: Bench, server: BenchServer, bytes: number, name: string): Promise<Measured> {
  const { generators, isQuick } = bench.options
  const seconds = isQuick ? 2 : 4
  const servers = await Promise.all(
    Array.from({ length: generators }, () => startBare('bytes', String(Math.round(bytes)))),
  )
  try {
    return await bench.step("the generator's own ceiling", seconds + 1, () =>
      bench.load(server, {
        name,
        loop: closed(readers, seconds, 1),
        targets: servers.map(({ target }) => target),
        watched: { servers: servers.map(({ pid }) => pid) },
      }),
    )
  } finally {
    for (const { end } of servers) end()
  }
}

/** Rounds of the same length as one measurement. */
export function addedUp(rounds: readonly Measured[]): Measured {
  const windows = rounds.flatMap((round) => round.windows)
  const durationMs = rounds.reduce((sum, round) => sum + round.durationMs, 0)
  const mean = (value: (round: Measured) => number) =>
    rounds.reduce((sum, round) => sum + value(round), 0) / rounds.length
  return {
    ...loadsOf(windows, durationMs),
    windows,
    durationMs,
    usage: {
      serverCpuPercent: mean(({ usage }) => usage.serverCpuPercent),
      serverPeakMib: Math.max(...rounds.map(({ usage }) => usage.serverPeakMib)),
      postgresCpuPercent: mean(({ usage }) => usage.postgresCpuPercent),
      generatorCpuPercent: mean(({ usage }) => usage.generatorCpuPercent),
    },
  }
}

export function share(ours: number, limit: number): number {
  return rounded(ours / limit)
}
