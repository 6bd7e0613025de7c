import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { PastChange, Ranker, WrittenChange } from './ranker.ts'
import { expertise, rivals } from './rankers/index.ts'
import { replayHistory } from './replay-history.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2020, 0, 1)

type Written = { author: number; reviewer: number; file: number; gapHours: number; openDays: number }

/** Enough changes to be past the warm-up, of few people and files, some open for weeks. */
const histories = fc
  .array(
    fc.record<Written>({
      author: fc.nat(9),
      reviewer: fc.nat(9),
      file: fc.nat(20),
      gapHours: fc.integer({ min: 8, max: 40 }),
      openDays: fc.nat(20),
    }),
    { minLength: 420, maxLength: 460, size: 'max' },
  )
  .map((all) => {
    let landedMs = START_MS
    return all.map(({ author, reviewer, file, gapHours, openDays }, index): PastChange => {
      landedMs += gapHours * 3_600_000
      return {
        id: `pr-${index}`,
        authorId: `u${author}`,
        reviewerIds: [`u${reviewer === author ? (reviewer + 1) % 10 : reviewer}`],
        files: [`src/${file % 3}/${file}.ts`],
        renames: [],
        deleted: [],
        openedMs: landedMs - openDays * DAY_MS,
        landedMs,
      }
    })
  })

describe('a ranker', () => {
  test('is told nothing of a change but what was known when it was written, and learns it when it has landed', () => {
    fc.assert(
      fc.property(histories, (changes) => {
        const asked: WrittenChange[] = []
        const learned: PastChange[] = []
        const spy: Ranker = {
          name: 'spy',
          rank(change) {
            expect(Object.keys(change).toSorted()).toEqual(['authorId', 'files', 'id', 'lines', 'openedMs', 'wanted'])
            expect(learned.filter(({ landedMs }) => landedMs > change.openedMs)).toEqual([])
            expect(learned.map(({ id }) => id)).not.toContain(change.id)
            asked.push(change)
            return []
          },
          learn: (change) => learned.push(change),
        }
        const { changes: judged } = replayHistory(changes, [spy])

        expect(asked.length).toBe(judged)
        expect(judged).toBeGreaterThan(50)
        expect(learned.map(({ id }) => id)).toEqual(changes.map(({ id }) => id))
      }),
      { numRuns: 10 },
    )
  })

  test('that could see the reviewers would always hit: nothing but knowledge of the future does', () => {
    fc.assert(
      fc.property(histories, (changes) => {
        const byId = new Map(changes.map((change) => [change.id, change]))
        const leak: Ranker = { name: 'leak', rank: ({ id }) => byId.get(id)!.reviewerIds, learn: () => undefined }
        const honest = [expertise(0), ...Object.values(rivals).map((make) => make())]
        const { measures } = replayHistory(changes, [leak, ...honest])

        expect(measures[0]!.hitAt1).toBe(1)
        for (const { hitAt1 } of measures.slice(1)) expect(hitAt1).toBeLessThan(0.6)
      }),
      { numRuns: 5 },
    )
  })

  test('ranks only people who were active in the year before, and never the author', () => {
    fc.assert(
      fc.property(histories, (changes) => {
        const seen = new Map<string, readonly string[]>()
        const spy: Ranker = {
          name: 'spy',
          rank({ id, authorId, openedMs }, candidates) {
            expect(candidates).not.toContain(authorId)
            const active = changes.filter(({ landedMs }) => landedMs <= openedMs && landedMs >= openedMs - 365 * DAY_MS)
            const people = new Set(active.flatMap((change) => [change.authorId, ...change.reviewerIds]))
            people.delete(authorId)
            seen.set(id, candidates)
            expect(candidates.toSorted()).toEqual([...people].toSorted())
            return candidates
          },
          learn: () => undefined,
        }
        replayHistory(changes, [spy])

        expect(seen.size).toBeGreaterThan(50)
      }),
      { numRuns: 3 },
    )
  })
})

test('the same history gives the same measures, but for the time they took', () => {
  const [changes] = fc.sample(histories, { numRuns: 1, seed: 7 })
  const measure = () => {
    const rankers = [expertise(0), expertise(0.5), ...Object.values(rivals).map((make) => make())]
    return replayHistory(changes!, rankers).measures.map(({ msPerDecision: _, ...rest }) => rest)
  }

  expect(measure()).toEqual(measure())
})
