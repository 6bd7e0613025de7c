import { describe, expect, test } from 'bun:test'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backtest } from './backtest.ts'
import { asJsonLines, syntheticHistory } from './history/synthetic-history.ts'
import { recordCommand } from './terminal/record-command.ts'

const folder = await mkdtemp(join(tmpdir(), 'tandem-backtest-'))
const file = join(folder, 'made-up.jsonl')
// An hour apart: more than the 180 days that only teach.
await Bun.write(file, asJsonLines(syntheticHistory(4800)))

test('a history is replayed with progress, and each rule measured beside what really happened', async () => {
  const { exitCode, printed, progress } = await recordCommand(backtest, [file])

  expect(exitCode).toBe(0)
  expect(progress).toContain(': 100 % (4800 of 4800)')
  expect(printed).toMatch(/480 changes|4\d\d changes/)
  for (const name of ['what really happened', 'expertise, λ = 0.5', 'chrev', 'github-load-balance', 'random']) {
    expect(printed).toContain(`\n${name}`)
  }
})

test('as JSON, and as a picture, only with the rules asked for', async () => {
  const svg = join(folder, 'front.svg')
  const args = [file, '--json', '--svg', svg, '--load-weight', '0', '--rule', 'random']
  const { printed } = await recordCommand(backtest, args)
  const [report] = JSON.parse(printed) as { measures: { name: string; hitAt1: number }[] }[]
  const [own, random] = report!.measures

  expect(report!.measures.map(({ name }) => name)).toEqual(['expertise, λ = 0', 'random'])
  // One person reviews everything in the made-up history.
  expect(own!.hitAt1).toBeGreaterThan(0.95)
  expect(random!.hitAt1).toBeLessThan(0.2)
  expect(await readFile(svg, 'utf8')).toStartWith('<svg')
})

describe('what is wrong is told', () => {
  test.each([
    [[], 2, 'Name at least one file'],
    [[file, '--rule', 'astrology'], 2, 'There is no rule "astrology"'],
    [[file, '--load-weight', 'much'], 2, '--load-weight must be'],
    [[join(folder, 'nothing.jsonl')], 1, 'There is no file'],
  ])('%j', async (args, exitCode, complaint) => {
    const recorded = await recordCommand(backtest, args)

    expect(recorded.exitCode).toBe(exitCode as 1 | 2)
    expect(recorded.complaints).toContain(complaint)
  })
})
