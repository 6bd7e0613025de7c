import { Activity } from './activity.ts'
import { activityByQuarter } from './measures/staying.ts'
import type { PastChange, Ranker, WrittenChange } from './ranker.ts'
import { Tally, type Measures } from './tally.ts'

const DAY_MS = 86_400_000
export const WARM_UP_DAYS = 180
export const WARM_UP_CHANGES = 300
const ACTIVE_DAYS = 365
/** A change is asked about when it was written, at the latest this long before it landed. */
const LEAST_AHEAD_MS = DAY_MS

/** How each rule did, and what really happened, over so many changes. */
export type Replayed = { changes: number; measures: Measures[]; reality: Measures }

type Step = { kind: 'asked' | 'landed'; atMs: number; change: PastChange; isJudged: boolean }

/**
 * Asks every ranker about every change that had a reviewer, in time order. Only the past may be seen: a ranker is told what was
 * known when the change was written, and learns a change, its reviewers too, when it landed. The first changes only teach.
 */
export function replayHistory(
  changes: readonly PastChange[],
  rankers: readonly Ranker[],
  onChange: () => void = () => undefined,
): Replayed {
  const activity = new Activity()
  const activeIn = activityByQuarter(changes)
  const tallies = rankers.map(({ name }) => new Tally(name, activeIn))
  const reality = new Tally('what really happened', activeIn)
  let judged = 0
  for (const { kind, atMs, change, isJudged } of stepsOf(changes)) {
    if (kind === 'landed') {
      activity.learn(change)
      for (const ranker of rankers) ranker.learn(change)
      for (const tally of [...tallies, reality]) tally.land(change)
      onChange()
    } else if (isJudged) {
      judged++
      const { id, authorId, files, reviewerIds, lines = null } = change
      const asked: WrittenChange = { id, authorId, files, lines, openedMs: atMs, wanted: reviewerIds.length }
      const candidates = activity.since(atMs - ACTIVE_DAYS * DAY_MS).filter((candidate) => candidate !== authorId)
      const facts = { change, askedMs: atMs, candidates: candidates.length }
      rankers.forEach((ranker, index) => {
        const startedMs = performance.now()
        const ranked = ranker.rank(asked, candidates)
        tallies[index]!.ask({ ...facts, ranked, tookMs: performance.now() - startedMs })
      })
      reality.ask({ ...facts, ranked: reviewerIds, tookMs: 0 })
    }
  }
  return { changes: judged, measures: tallies.map((tally) => tally.measures()), reality: reality.measures() }
}

/** What is asked at the moment in which another change lands is asked first. */
function stepsOf(changes: readonly PastChange[]): Step[] {
  const firstMs = changes[0]?.landedMs ?? 0
  const steps = changes.flatMap((change, index): Step[] => {
    const { openedMs, landedMs, reviewerIds } = change
    const isTeaching = index < WARM_UP_CHANGES || landedMs - firstMs < WARM_UP_DAYS * DAY_MS
    const isJudged = !isTeaching && reviewerIds.length > 0
    return [
      { kind: 'asked', atMs: Math.min(openedMs, landedMs - LEAST_AHEAD_MS), change, isJudged },
      { kind: 'landed', atMs: landedMs, change, isJudged },
    ]
  })
  return steps.toSorted((a, b) => a.atMs - b.atMs || Number(a.kind === 'landed') - Number(b.kind === 'landed'))
}
