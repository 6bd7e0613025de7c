import { hashText } from '../../../shared/hash.ts'
import { rank } from './decide.ts'
import { lookedAt, type Decision, type Exclusion } from './decision.ts'
import { applyChanges, type Change } from './why-not/change.ts'
import { smallestFlip } from './why-not/flip.ts'

export type WhyNotReason =
  | 'CHOSEN'
  | 'CHOSEN_BY_HAND'
  | 'RESTORED'
  | 'NONE_WANTED'
  | 'NOT_IN_TEAM'
  | 'NOT_LOOKED_AT'
  | 'RANKED_LOWER'
  | Exclusion

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
  const rankOf = position < 0 ? null : position + 1
  if (decision.assignedIds.includes(userId)) return { reason: 'CHOSEN', rank: rankOf, flip: [] }
  if (decision.kind === 'restore') return { reason: 'RESTORED', rank: null, flip: [] }
  if (decision.kind === 'assign') return { reason: 'CHOSEN_BY_HAND', rank: null, flip: [] }
  const obstacles = obstaclesOf(decision, userId, standing)
  const needed = obstacles.map(({ change }) => change)
  return { reason: obstacles[0]?.reason ?? 'RANKED_LOWER', rank: rankOf, flip: smallestFlip(decision, userId, needed) }
}

/** The eligible people of a decision, best first. */
export function rankedIds(decision: Decision): string[] {
  const eligible = lookedAt(decision).flatMap(({ exclusion }, index) => (exclusion === null ? [index] : []))
  const hashes = decision.people.map(({ userId }) => hashText(userId))
  return rank(decision, hashes, eligible, eligible.length).map((index) => decision.people[index]!.userId)
}

/** All that kept somebody from being ranked, or from mattering there; the first is the reason. */
function obstaclesOf(
  decision: Decision,
  userId: string,
  standing: Standing,
): { reason: WhyNotReason; change: Change }[] {
  const index = decision.people.findIndex((looked) => looked.userId === userId)
  const person = decision.people[index]
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
  const found = all.filter(([applies]) => applies).map(([, reason, change]) => ({ reason, change }))
  return [
    ...found,
    ...circumstantialObstacles(
      decision,
      userId,
      index,
      found.map(({ change }) => change),
    ),
  ]
}

function circumstantialObstacles(
  decision: Decision,
  userId: string,
  index: number,
  needed: readonly Change[],
): { reason: WhyNotReason; change: Change }[] {
  const circumstance = decision.circumstances?.of[index] ?? null
  if (circumstance === null) return []
  const { hindrance, cap, isNewcomer } = circumstance
  const openReviews = decision.openReviews[index]!
  const found: { reason: WhyNotReason; change: Change }[] = []
  if (hindrance === 'ABSENT') found.push({ reason: hindrance, change: { fact: 'absent', from: true, to: false } })
  if (hindrance === 'NEVER_ASSIGNED') {
    found.push({ reason: hindrance, change: { fact: 'never_assigned', from: true, to: false } })
  }
  if (hindrance === 'NOT_OWNER') found.push({ reason: hindrance, change: { fact: 'owner', from: false, to: true } })
  if (hindrance === 'SHADOW') found.push({ reason: hindrance, change: { fact: 'level', from: 'shadow', to: 'ramped' } })
  if (cap !== null && openReviews >= cap) {
    found.push({ reason: 'AT_CAP', change: { fact: 'max_open_reviews', from: cap, to: openReviews + 1 } })
  }
  const changed = applyChanges(decision, userId, [...needed, ...found.map(({ change }) => change)])
  const exclusion = lookedAt(changed).find((looked) => looked.userId === userId)?.exclusion
  if (isNewcomer && exclusion === 'NEWCOMER_ALONE') {
    found.push({ reason: exclusion, change: { fact: 'level', from: 'newcomer', to: 'ramped' } })
  }
  return found
}
