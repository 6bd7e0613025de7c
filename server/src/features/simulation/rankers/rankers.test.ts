import { describe, expect, test } from 'bun:test'
import type { PastChange, Ranker } from '../ranker.ts'
import { expertise, rivals } from './index.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2020, 0, 1)
const everybody = ['ada', 'bob', 'cleo', 'dan']

function landed(day: number, authorId: string, reviewerIds: readonly string[], files: readonly string[]): PastChange {
  const landedMs = START_MS + day * DAY_MS
  return { id: `pr-${day}`, authorId, reviewerIds, files, renames: [], deleted: [], openedMs: landedMs, landedMs }
}

function ask(ranker: Ranker, day: number, authorId: string, files: readonly string[]): readonly string[] {
  const candidates = everybody.filter((id) => id !== authorId)
  const openedMs = START_MS + day * DAY_MS
  return ranker.rank({ id: `asked-${day}`, authorId, files, lines: null, openedMs, wanted: 1 }, candidates)
}

function taught(ranker: Ranker): Ranker {
  for (let round = 0; round < 10; round++) {
    ranker.learn(landed(1, 'ada', ['bob'], ['db/pool.ts']))
    ranker.learn(landed(2, 'ada', ['bob'], ['db/query.ts']))
    ranker.learn(landed(3, 'dan', ['cleo'], ['web/page.ts']))
    ranker.learn(landed(4, 'dan', ['cleo'], ['web/style.css']))
  }
  return ranker
}

describe('expertise', () => {
  test('names who knows the files, and who knows the directory where the file is new', () => {
    expect(ask(taught(expertise(0)), 6, 'zoe', ['db/pool.ts', 'db/new.ts'])[0]).toBe('bob')
    expect(ask(taught(expertise(0)), 6, 'zoe', ['web/page.ts', 'web/new.ts'])[0]).toBe('cleo')
  })

  test('passes over who was asked much lately, where the load weighs', () => {
    const [careless, careful] = [taught(expertise(0)), taught(expertise(5))]
    const named = (ranker: Ranker) => [6, 7, 8].map((day) => ask(ranker, day, 'zoe', ['db/pool.ts'])[0])

    expect(named(careless)).toEqual(['bob', 'bob', 'bob'])
    expect(new Set(named(careful)).size).toBeGreaterThan(1)
  })
})

describe('rivals', () => {
  test('author-affinity names who reviewed this author most', () => {
    expect(ask(taught(rivals['author-affinity']!()), 6, 'ada', ['web/page.ts'])[0]).toBe('bob')
    expect(ask(taught(rivals['author-affinity']!()), 6, 'bob', [])[0]).toBe('cleo')
  })

  test('chrev names who reviewed these files most, on most days and most lately; else who reviewed most', () => {
    const ranker = taught(rivals['chrev']!())
    ranker.learn(landed(5, 'ada', ['dan'], ['web/page.ts']))

    expect(ask(ranker, 6, 'ada', ['web/page.ts'])).toEqual(['cleo', 'dan', 'bob'])
    expect(ask(ranker, 6, 'ada', ['new.ts'])).toEqual(['bob', 'cleo', 'dan'])
  })

  test('revfinder names who reviewed files with similar paths', () => {
    const ranker = taught(rivals['revfinder']!())

    expect(ask(ranker, 6, 'ada', ['db/new.ts'])).toEqual(['bob'])
    expect(ask(ranker, 6, 'ada', ['web/new.ts', 'web/style.css'])).toEqual(['cleo'])
  })

  test('triagebot names anybody who reviewed in the top folder, as often as any other', () => {
    const ranker = taught(rivals['triagebot']!())
    ranker.learn(landed(5, 'ada', ['dan'], ['web/page.ts']))
    const named = Array.from({ length: 400 }, (_, day) => ask(ranker, 6 + day / 1000, 'ada', ['web/new.ts'])[0]!)

    expect(new Set(named)).toEqual(new Set(['cleo', 'dan']))
    expect(named.filter((id) => id === 'dan').length).toBeWithin(150, 250)
  })

  test('prow-rifle names who wrote most of the files, and most lately', () => {
    const ranker = taught(rivals['prow-rifle']!())

    expect(ask(ranker, 6, 'bob', ['web/page.ts'])).toEqual(['dan'])
    expect(ask(ranker, 6, 'bob', ['db/pool.ts', 'db/query.ts', 'web/page.ts'])).toEqual(['ada', 'dan'])
  })

  test('sofiawl names who knows the files, and who is free of those; where one person is left who knows, who learns', () => {
    const ranker = taught(rivals['sofiawl']!())
    // Known to ada and bob; of the candidates only bob is left, or without him nobody.
    expect(ask(ranker, 6, 'ada', ['db/pool.ts'])[0]).not.toBe('bob')
    // Known to ada, bob and cleo.
    ranker.learn(landed(6, 'cleo', ['bob'], ['db/pool.ts']))
    const named = [7, 8].map((day) => ask(ranker, day, 'dan', ['db/pool.ts'])[0])

    expect(new Set(named).size).toBe(2)
    expect(named).not.toContain('dan')
  })

  test('round-robin names everybody in turn, and passes over the author', () => {
    const ranker = rivals['round-robin']!()

    expect([1, 2, 3, 4].map((day) => ask(ranker, day, 'cleo', [])[0])).toEqual(['ada', 'bob', 'dan', 'ada'])
  })

  test('github-load-balance names who was asked least in 30 days', () => {
    const ranker = rivals['github-load-balance']!()

    expect([1, 2, 3, 4].map((day) => ask(ranker, day, 'dan', [])[0])).toEqual(['ada', 'bob', 'cleo', 'ada'])
    // Of the four days only the fourth is less than 30 days ago.
    expect(ask(ranker, 33.5, 'dan', [])[0]).toBe('bob')
  })

  test('random names everybody about equally often', () => {
    const ranker = rivals['random']!()
    const counts = new Map<string, number>()
    for (let day = 0; day < 3000; day++) {
      const [first] = ask(ranker, day, 'dan', [])
      counts.set(first!, (counts.get(first!) ?? 0) + 1)
    }

    expect([...counts.values()].every((count) => count > 900 && count < 1100)).toBeTrue()
  })
})
