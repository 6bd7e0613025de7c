import { expect, test } from 'bun:test'
import type { Measured } from '../bench.ts'
import { loadOf } from '../load/tally.ts'
import { mediansOf, ratioOf, turns } from './rounds.ts'

function measured(readsPerSecond: number, serverCpuPercent: number): Measured {
  const load = { ...loadOf([], 1000), perSecond: readsPerSecond }
  const usage = { serverCpuPercent, serverPeakMib: 1, postgresCpuPercent: 0, generatorCpuPercent: 0 }
  return { reads: load, writes: { ...load, perSecond: 0 }, usage, windows: [], durationMs: 1000 }
}

test('the sides take turns so that each has as many early rounds as late ones', () => {
  expect(turns(8).join(' ')).toBe('plain other other plain plain other other plain')
  const places = (side: string) => turns(12).reduce((sum, each, place) => sum + (each === side ? place : 0), 0)

  expect(places('plain')).toBe(places('other'))
})

test('the median of the rounds of a side counts, whatever the other side and one bad round did', () => {
  const rounds = [
    { side: 'plain', measured: measured(1000, 100) },
    { side: 'other', measured: measured(1, 1) },
    { side: 'plain', measured: measured(10, 100) },
    { side: 'plain', measured: measured(1250, 50) },
  ] as const
  const figures = mediansOf(rounds, 'plain')

  expect(figures).toMatchObject({ reads_per_s: 1000, together_per_s: 1000, server_cpu_us_per_request: 1000 })
})

test('sides are compared within each two rounds in a row, so that a machine that grows slower says nothing', () => {
  const speeds = [
    ['plain', 1000],
    ['other', 900],
    ['other', 450],
    ['plain', 500],
    ['plain', 100],
    ['other', 10],
  ] as const
  const rounds = speeds.map(([side, perSecond]) => ({ side, measured: measured(perSecond, 100) }))

  expect(ratioOf(rounds, 'reads_per_s')).toBe(0.9)
})
