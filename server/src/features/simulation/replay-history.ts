import { Activity } from './activity.ts'
import type { PastChange, Ranker, WrittenChange } from './ranker.ts'
import { Tally, type Measures } from './tally.ts'

const DAY_MS = 86_400_000
const WARM_UP_DAYS = 180
const WARM_UP_CHANGES = 300
const ACTIVE_DAYS = 365
/** A change is asked about when it was written, at the latest this long before it landed. */
const LEAST_AHEAD_MS = DAY_MS

export type Replayed = { changes: number; measures: Measures[]; reality: Measures }

type Step = { kind: 'asked' | 'landed'; atMs: number; change: PastChange; isJudged: boolean }

/**
 * Asks every ranker about every change, in time order. Only the past may be seen: a ranker is told what was known when the
 * change was written, and learns a change, its reviewers too, when it landed. The first changes only teach.
 */
export function replayHistory(
  changes: readonly PastChange[],
  rankers: readonly Ranker[],
  onChange: () => void = () => undefined,
): Replayed {
  const activity = new Activity()
  const tallies = rankers.map(({ name }) => new Tally(name))
  const reality = new Tally('what really happened')
  let judged = 0
  for (const { kind, atMs, change, isJudged } of stepsOf(changes)) {
    if (kind === 'landed') {
      activity.learn(change)
      for (const ranker of rankers) ranker.learn(change)
      onChange()
    } else if (isJudged) {
      judged++
      const { id, authorId, files, reviewerIds } = change
      const asked: WrittenChange = { id, authorId, files, openedMs: atMs, wanted: reviewerIds.length }
      const candidates = activity.since(atMs - ACTIVE_DAYS * DAY_MS).filter((candidate) => candidate !== authorId)
      rankers.forEach((ranker, index) => {
        const startedMs = performance.now()
        const ranked = ranker.rank(asked, candidates)
        tallies[index]!.count(change, ranked, performance.now() - startedMs)
      })
      reality.count(change, change.reviewerIds, 0)
    }
  }
  return { changes: judged, measures: tallies.map((tally) => tally.measures()), reality: reality.measures() }
}

/** What is asked at the moment in which another change lands is asked first. */
function stepsOf(changes: readonly PastChange[]): Step[] {
  const firstMs = changes[0]?.landedMs ?? 0
  const steps = changes.flatMap((change, index): Step[] => {
    const { openedMs, landedMs } = change
    const isJudged = index >= WARM_UP_CHANGES && landedMs - firstMs >= WARM_UP_DAYS * DAY_MS
    return [
      { kind: 'asked', atMs: Math.min(openedMs, landedMs - LEAST_AHEAD_MS), change, isJudged },
      { kind: 'landed', atMs: landedMs, change, isJudged },
    ]
  })
  return steps.toSorted((a, b) => a.atMs - b.atMs || Number(a.kind === 'landed') - Number(b.kind === 'landed'))
}
