import { describe, expect, test } from 'bun:test'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backtest } from './backtest.ts'
import { asJsonLines, syntheticHistory } from './history/synthetic-history.ts'
import { recordCommand } from './terminal/record-command.ts'

type Figures = { name: string; hit_at_1: number; ms_per_decision: number | null }
type ReportJson = { file: string; changes: number; rules: Figures[]; reality: Figures & { quarters: object[] } }

const folder = await mkdtemp(join(tmpdir(), 'tandem-backtest-'))
const file = join(folder, 'made-up.jsonl')
// An hour apart: more than the 180 days that only teach.
await Bun.write(file, asJsonLines(syntheticHistory(4800)))

async function reportsOf(...args: string[]): Promise<ReportJson[]> {
  const { printed } = await recordCommand(backtest, [...args, '--json'])
  return JSON.parse(printed) as ReportJson[]
}

test('a history is replayed with progress, and each rule measured beside what really happened', async () => {
  const { exitCode, printed, progress } = await recordCommand(backtest, [file, '--rule', 'chrev,revfinder,random'])

  expect(exitCode).toBe(0)
  expect(progress).toContain(': 100 % (28800 of 28800)')
  expect(printed).toMatch(/480 changes|4\d\d changes/)
  for (const name of ['what really happened', 'expertise, λ = 0.6', 'chrev', 'revfinder', 'random']) {
    expect(printed).toContain(`\n${name}`)
  }
})

test('as JSON, and as a picture, only with the rules asked for', async () => {
  const svg = join(folder, 'front.svg')
  const [report] = await reportsOf(file, '--svg', svg, '--load-weight', '0', '--rule', 'random')
  const [own, random] = report!.rules

  expect(report!.rules.map(({ name }) => name)).toEqual(['expertise, λ = 0', 'random'])
  expect(report!.reality.quarters).toEqual([expect.objectContaining({ quarter: '2020-Q2' }), expect.anything()])
  // One person reviews everything in the made-up history.
  expect(own!.hit_at_1).toBeGreaterThan(0.95)
  expect(random!.hit_at_1).toBeLessThan(0.2)
  expect(await readFile(svg, 'utf8')).toStartWith('<svg')
})

test('several files on several cores come out as one after the other', async () => {
  const other = join(folder, 'other.jsonl')
  await Bun.write(other, asJsonLines(syntheticHistory(5200)))
  const args = [file, other, '--load-weight', '0,1', '--rule', 'revfinder,chrev']
  const [one, several] = await Promise.all([reportsOf(...args, '--jobs', '1'), reportsOf(...args, '--jobs', '3')])

  expect(withoutTimes(several)).toEqual(withoutTimes(one))
  expect(one.map((report) => [report.file, report.rules.length])).toEqual([
    [file, 4],
    [other, 4],
  ])
  expect(one[1]!.changes).toBeGreaterThan(one[0]!.changes)
})

function withoutTimes(reports: readonly ReportJson[]) {
  return reports.map(({ rules, ...report }) => ({
    ...report,
    rules: rules.map(({ ms_per_decision: _, ...rest }) => rest),
  }))
}

describe('what is wrong is told', () => {
  test.each([
    [[], 2, 'Name at least one file'],
    [[file, '--rule', 'astrology'], 2, 'There is no rule "astrology"'],
    [[file, '--load-weight', 'much'], 2, '--load-weight must be'],
    [[file, '--jobs', '0'], 2, '--jobs must be'],
    [[join(folder, 'nothing.jsonl')], 1, 'There is no file'],
  ])('%j', async (args, exitCode, complaint) => {
    const recorded = await recordCommand(backtest, args)

    expect(recorded.exitCode).toBe(exitCode as 1 | 2)
    expect(recorded.complaints).toContain(complaint)
  })
})
