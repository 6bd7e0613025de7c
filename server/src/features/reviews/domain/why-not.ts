import { hashText } from '../../../shared/hash.ts'
import { compareIds } from '../../../shared/ids.ts'
import type { RosterMember } from '../../../shared/roster.ts'
import { exclusionOf, lookedAt, type Decision, type Exclusion } from './decision.ts'
import { policies } from './policies/index.ts'
import { decideAgain } from './replay.ts'

export type WhyNotReason =
  | 'CHOSEN'
  | 'RESTORED'
  | 'NONE_WANTED'
  | 'NOT_IN_TEAM'
  | 'NOT_LOOKED_AT'
  | 'RANKED_LOWER'
  | Exclusion

/** One fact that would have to be otherwise. */
export type Change =
  | { fact: 'team'; from: null; to: string }
  | { fact: 'is_active'; from: false; to: true }
  | { fact: 'author' | 'already_assigned' | 'replaced'; from: true; to: false }
  | { fact: 'looked_at'; from: false; to: true }
  | { fact: 'reviewers_wanted'; from: number; to: number }
  | { fact: 'open_reviews'; from: number | null; to: number }
  | { fact: 'last_in_rotation'; from: string | null; to: string | null }
  | { fact: 'seed'; from: number; to: number }

export type WhyNot = {
  reason: WhyNotReason
  /** 1 is the best; null for whoever was not ranked. */
  rank: number | null
  /** The fewest changes that make this person a chosen one; empty for whoever was chosen. */
  flip: readonly Change[]
}

/** How a person stood to the team at the decision's roster version. */
export type Standing = 'active' | 'inactive' | 'gone'

/** Tells why somebody was not chosen. Each flip, applied with `applyChanges` and decided again, does choose them. */
export function whyNot(decision: Decision, userId: string, standing: Standing): WhyNot {
  const position = rankedIds(decision).indexOf(userId)
  const rank = position < 0 ? null : position + 1
  if (decision.assignedIds.includes(userId)) return { reason: 'CHOSEN', rank, flip: [] }
  if (decision.kind === 'restore') return { reason: 'RESTORED', rank: null, flip: [] }
  const obstacles = obstaclesOf(decision, userId, standing)
  const flip = completeFlip(
    decision,
    userId,
    obstacles.map(({ change }) => change),
  )
  return { reason: obstacles[0]?.reason ?? 'RANKED_LOWER', rank, flip }
}

/** The eligible people of a decision, best first. */
export function rankedIds(decision: Decision): string[] {
  const { people, openReviews } = decision
  const isEligible = ({ userId, isActive }: RosterMember) => isActive && exclusionOf(userId, decision) === null
  const eligible = [...people.keys()].filter((index) => isEligible(people[index]!))
  const candidates = { people, openReviews, hashes: people.map(({ userId }) => hashText(userId)) }
  const ranked = policies[decision.policy].choose(candidates, eligible, eligible.length, decision)
  return ranked.map((index) => people[index]!.userId)
}

/** All that kept somebody from being ranked, or from mattering there; the first is the reason. */
function obstaclesOf(
  decision: Decision,
  userId: string,
  standing: Standing,
): { reason: WhyNotReason; change: Change }[] {
  const person = decision.people.find((looked) => looked.userId === userId)
  const isInactive = person === undefined ? standing === 'inactive' : !person.isActive
  const isGone = person === undefined && standing === 'gone'
  const all: [boolean, WhyNotReason, Change][] = [
    [isGone, 'NOT_IN_TEAM', { fact: 'team', from: null, to: decision.teamName }],
    [isInactive, 'INACTIVE', { fact: 'is_active', from: false, to: true }],
    [userId === decision.authorId, 'AUTHOR', { fact: 'author', from: true, to: false }],
    [userId === decision.replacedId, 'REPLACED', { fact: 'replaced', from: true, to: false }],
    [decision.keptIds.includes(userId), 'ALREADY_ASSIGNED', { fact: 'already_assigned', from: true, to: false }],
    [person === undefined && !isGone, 'NOT_LOOKED_AT', { fact: 'looked_at', from: false, to: true }],
    [decision.wanted === 0, 'NONE_WANTED', { fact: 'reviewers_wanted', from: 0, to: 1 }],
  ]
  return all.filter(([applies]) => applies).map(([, reason, change]) => ({ reason, change }))
}

/** Adds to the changes that make a person eligible the fewest that also put them among the chosen. */
function completeFlip(decision: Decision, userId: string, changes: readonly Change[]): Change[] {
  if (decision.policy === 'least-loaded') return completeByLoad(decision, userId, changes)
  if (isChosenAfter(decision, userId, changes)) return [...changes]
  return decision.policy === 'round-robin'
    ? [...changes, turnChange(decision, userId, changes)]
    : [...changes, seedChange(decision, userId, changes)]
}

/** The load of somebody who was not looked at is unknown, so it is always stated; a tie is left to another draw. */
function completeByLoad(decision: Decision, userId: string, changes: readonly Change[]): Change[] {
  const loads = new Map(lookedAt(decision).map(({ userId: id, openReviews }) => [id, openReviews]))
  const from = loads.get(userId) ?? null
  if (from !== null && isChosenAfter(decision, userId, changes)) return [...changes]
  const changed = applyChanges(decision, userId, changes)
  const others = rankedIds(changed).filter((id) => id !== userId)
  const toBeat = others[changed.wanted - 1]
  if (toBeat === undefined) return [...changes]
  const target = loads.get(toBeat) ?? 0
  const withLoad = (to: number): Change[] =>
    to === from ? [...changes] : [...changes, { fact: 'open_reviews', from, to }]
  const enough = [target, target - 1].find((load) => load >= 0 && isChosenAfter(decision, userId, withLoad(load)))
  if (enough !== undefined) return withLoad(enough)
  return [...withLoad(target), seedChange(decision, userId, withLoad(target))]
}

/** The turn before theirs, so that theirs comes next. */
function turnChange(decision: Decision, userId: string, changes: readonly Change[]): Change {
  const others = rankedIds(applyChanges(decision, userId, changes)).filter((id) => id !== userId)
  const ordered = others.toSorted(compareIds)
  const before = ordered.findLast((id) => compareIds(id, userId) < 0) ?? ordered.at(-1) ?? null
  return { fact: 'last_in_rotation', from: decision.lastInRotation, to: before }
}

/** With a chance of at least 1 in 65 for each draw, that many fail once in 10^66 questions. */
const MAX_DRAWS = 10_000

/** The next seed under which the draw favours them. */
function seedChange(decision: Decision, userId: string, changes: readonly Change[]): Change {
  for (let step = 1; step <= MAX_DRAWS; step++) {
    const change: Change = { fact: 'seed', from: decision.seed, to: (decision.seed + step) % 2 ** 32 }
    if (isChosenAfter(decision, userId, [...changes, change])) return change
  }
  throw new Error(`None of ${MAX_DRAWS} seeds chooses ${userId}`)
}

function isChosenAfter(decision: Decision, userId: string, changes: readonly Change[]): boolean {
  return decideAgain(applyChanges(decision, userId, changes)).assignedIds.includes(userId)
}

/** The decision's inputs with the changes made; decide it again to see what they bring. */
export function applyChanges(decision: Decision, userId: string, changes: readonly Change[]): Decision {
  return changes.reduce((changed, change) => applyChange(changed, userId, change), decision)
}

function applyChange(decision: Decision, userId: string, change: Change): Decision {
  switch (change.fact) {
    case 'team':
    case 'looked_at':
      return withPerson(decision, userId)
    case 'is_active':
      return {
        ...decision,
        people: decision.people.map((person) => (person.userId === userId ? { userId, isActive: true } : person)),
      }
    case 'author':
      return { ...decision, authorId: '' }
    case 'already_assigned':
      return { ...decision, keptIds: decision.keptIds.filter((id) => id !== userId) }
    case 'replaced':
      return { ...decision, replacedId: null }
    case 'reviewers_wanted':
      return { ...decision, wanted: change.to }
    case 'open_reviews':
      return {
        ...decision,
        openReviews: decision.openReviews.map((open, index) =>
          decision.people[index]!.userId === userId ? change.to : open,
        ),
      }
    case 'last_in_rotation':
      return { ...decision, lastInRotation: change.to }
    case 'seed':
      return { ...decision, seed: change.to }
  }
}

function withPerson(decision: Decision, userId: string): Decision {
  const index = decision.people.findIndex((person) => compareIds(person.userId, userId) > 0)
  const place = index === -1 ? decision.people.length : index
  return {
    ...decision,
    people: decision.people.toSpliced(place, 0, { userId, isActive: true }),
    openReviews: decision.openReviews.toSpliced(place, 0, 0),
  }
}
