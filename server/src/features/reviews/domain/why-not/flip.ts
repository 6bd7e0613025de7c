import { compareIds } from '../../../../shared/ids.ts'
import { setbacks, type Setback } from '../circumstances.ts'
import { lookedAt, type Decision } from '../decision.ts'
import { COUNT_STEPS, PATH_STEPS, type Facts } from '../expertise/score.ts'
import { decideAgain } from '../replay.ts'
import { applyChanges, reliefs, type Change } from './change.ts'

/** The fewest changes, those needed to be eligible among them, that put somebody among the chosen. */
export function smallestFlip(decision: Decision, userId: string, needed: readonly Change[]): Change[] {
  const setback = settingBack(applyChanges(decision, userId, needed), userId)
  let smallest: Change[] | undefined
  for (const least of leastNeeded(decision, needed)) {
    for (const relief of subsetsOf(setback)) {
      const changes = [...least, ...relief]
      if (smallest !== undefined && changes.length >= smallest.length) break
      const flip = flipWith(decision, userId, changes)
      if (flip !== null && (smallest === undefined || flip.length < smallest.length)) smallest = flip
    }
  }
  return smallest!
}

/** Fewer open reviews can do what a higher cap does. */
function leastNeeded(decision: Decision, needed: readonly Change[]): (readonly Change[])[] {
  const withoutCap = needed.filter(({ fact }) => fact !== 'max_open_reviews')
  return goesByLoad(decision) && withoutCap.length < needed.length ? [needed, withoutCap] : [needed]
}

function goesByLoad({ policy, knowledge }: Decision): boolean {
  return policy === 'least-loaded' || (policy === 'expertise' && knowledge === null)
}

function flipWith(decision: Decision, userId: string, changes: Change[]): Change[] | null {
  // Of somebody who was not looked at nothing is known, so their load is always stated.
  const isStated = decision.policy !== 'least-loaded' || decision.people.some((person) => person.userId === userId)
  if (isStated && isChosenAfter(decision, userId, changes)) return changes
  return completeByPolicy(decision, userId, changes)
}

function settingBack(decision: Decision, userId: string): Change[] {
  const index = decision.people.findIndex((person) => person.userId === userId)
  const { setback: sum = 0, isNewcomer = false } = decision.circumstances?.of[index] ?? {}
  const setBy = (Object.keys(setbacks) as Setback[]).filter((name) => (sum & setbacks[name]) !== 0)
  return [
    ...setBy.map((name) => reliefs[name]),
    ...(isNewcomer ? [{ fact: 'level', from: 'newcomer', to: 'ramped' } as const] : []),
  ]
}

/** Smaller ones first. */
function subsetsOf<Item>(items: readonly Item[]): Item[][] {
  const subsets: Item[][] = [[]]
  for (const each of items) subsets.push(...subsets.map((some) => [...some, each]))
  return subsets.toSorted((a, b) => a.length - b.length)
}

/** What the policy would have to see otherwise; null where nothing of that kind does. */
function completeByPolicy(decision: Decision, userId: string, changes: readonly Change[]): Change[] | null {
  if (decision.policy === 'round-robin') {
    const turned = [...changes, turnChange(decision, userId, changes)]
    return isChosenAfter(decision, userId, turned) ? turned : null
  }
  if (decision.knowledge !== null) return completeByKnowledge(decision, userId, changes)
  if (goesByLoad(decision)) return completeByLoad(decision, userId, changes)
  const drawn = seedChange(decision, userId, changes)
  return drawn === null ? null : [...changes, drawn]
}

/** The highest load with which it is enough; a tie of those without any is left to another draw. */
function completeByLoad(decision: Decision, userId: string, changes: readonly Change[]): Change[] | null {
  const loads = new Map(lookedAt(decision).map(({ userId: id, openReviews }) => [id, openReviews]))
  const from = loads.get(userId) ?? null
  const withLoad = (to: number): Change[] =>
    to === from ? [...changes] : [...changes, { fact: 'open_reviews', from, to }]
  // With more than the most of all, whoever is chosen would be with any load.
  const most = from ?? Math.max(0, ...loads.values()) + 1
  const isEnough = (less: number) => isChosenAfter(decision, userId, withLoad(most - less))
  if (isEnough(0)) return from === null ? [...changes] : withLoad(most)
  const less = leastThat(most, isEnough)
  if (less !== null) return withLoad(most - less)
  const drawn = seedChange(decision, userId, withLoad(0))
  return drawn === null ? null : [...withLoad(0), drawn]
}

/** Reviews of the author, in steps: as many as somebody may have done, else as many as can be counted exactly. */
const MOST_AFFINITIES = [1000 * COUNT_STEPS, 2 ** 52]

type Measure = { most: number; make: (difference: number) => Change }

/** Ordered by how likely each is to change: how much somebody was given, what they know of the files, what of the author. */
function measuresOf(facts: Facts, mostAffinity: number): Measure[] {
  const { load, path, affinity } = facts
  const all: Measure[] = [
    {
      most: load,
      make: (less) => ({ fact: 'load', from: load / COUNT_STEPS, to: (load - less) / COUNT_STEPS }),
    },
    {
      most: PATH_STEPS - path,
      make: (more) => ({ fact: 'knows_files', from: path / PATH_STEPS, to: (path + more) / PATH_STEPS }),
    },
    {
      most: mostAffinity - affinity,
      make: (more) => ({ fact: 'reviewed_author', from: affinity / COUNT_STEPS, to: (affinity + more) / COUNT_STEPS }),
    },
  ]
  return all.filter(({ most }) => most > 0)
}

/** As few of the measures as do; all but the last of them as far as they go, and that one no further than is enough. */
function completeByKnowledge(decision: Decision, userId: string, changes: readonly Change[]): Change[] | null {
  const changed = applyChanges(decision, userId, changes)
  const facts = changed.knowledge!.facts[changed.people.findIndex((person) => person.userId === userId)]
  if (facts === undefined) return null
  const ways = MOST_AFFINITIES.flatMap((most) => subsetsOf(measuresOf(facts, most)).slice(1))
  for (const measures of ways) {
    const last = measures.at(-1)!
    const others = measures.slice(0, -1).map(({ most, make }) => make(most))
    const withLast = (difference: number) => [...changes, ...others, last.make(difference)]
    const least = leastThat(last.most, (difference) => isChosenAfter(decision, userId, withLast(difference)))
    if (least !== null) return withLast(least)
  }
  return null
}

/** The least whole number from 1 to `most` for which it is so, given that it stays so from there on; null where it never is. */
function leastThat(most: number, isSo: (difference: number) => boolean): number | null {
  if (most < 1 || !isSo(most)) return null
  let high = 1
  while (high < most && !isSo(high)) high = Math.min(most, high * 2)
  let low = Math.floor(high / 2)
  while (high - low > 1) {
    const middle = Math.floor(low + (high - low) / 2)
    if (isSo(middle)) high = middle
    else low = middle
  }
  return high
}

/** The turn before theirs, so that theirs comes next. */
function turnChange(decision: Decision, userId: string, changes: readonly Change[]): Change {
  const others = lookedAt(applyChanges(decision, userId, changes)).filter(
    (looked) => looked.exclusion === null && looked.userId !== userId,
  )
  const ordered = others.map((looked) => looked.userId).toSorted(compareIds)
  const before = ordered.findLast((id) => compareIds(id, userId) < 0) ?? ordered.at(-1) ?? null
  return { fact: 'last_in_rotation', from: decision.lastInRotation, to: before }
}

/** With a chance of at least 1 in 65 for each draw, that many fail once in 10^13 questions. */
const MAX_DRAWS = 2000

/** The next seed under which the draw favours them; null where no draw helps. */
function seedChange(decision: Decision, userId: string, changes: readonly Change[]): Change | null {
  if (!canBeDrawn(applyChanges(decision, userId, changes), userId)) return null
  for (let step = 1; step <= MAX_DRAWS; step++) {
    const change: Change = { fact: 'seed', from: decision.seed, to: (decision.seed + step) % 2 ** 32 }
    if (isChosenAfter(decision, userId, [...changes, change])) return change
  }
  return null
}

/** Whether there is a seat for which only the draw decides. */
function canBeDrawn(decision: Decision, userId: string): boolean {
  const { circumstances, wanted, openReviews } = decision
  const candidates = lookedAt(decision).map(({ userId: id, exclusion }, index) => ({
    id,
    exclusion,
    setback: circumstances?.of[index]?.setback ?? 0,
    load: goesByLoad(decision) ? openReviews[index]! : 0,
    isNewcomer: circumstances?.of[index]?.isNewcomer === true,
  }))
  const self = candidates.find(({ id }) => id === userId)
  if (self === undefined || self.exclusion !== null) return false
  const ahead = candidates.filter(
    ({ exclusion, setback, load }) =>
      exclusion === null && (setback < self.setback || (setback === self.setback && load < self.load)),
  )
  if (circumstances === null || circumstances.isAccompanied) return ahead.length < wanted
  // One seat is for somebody who is no newcomer.
  const hasCompanionAhead = ahead.some(({ isNewcomer }) => !isNewcomer)
  if (!self.isNewcomer) return !hasCompanionAhead || ahead.length < wanted
  return ahead.length - Number(hasCompanionAhead) < wanted - 1
}

function isChosenAfter(decision: Decision, userId: string, changes: readonly Change[]): boolean {
  return decideAgain(applyChanges(decision, userId, changes)).assignedIds.includes(userId)
}
