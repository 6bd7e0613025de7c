import type { ReviewPolicy } from '../../../shared/roster.ts'
import { setbacks, type Setback } from './circumstances.ts'
import { lookedAt, type Decision, type DecisionKind } from './decision.ts'
import { COUNT_STEPS, PATH_STEPS } from './expertise/score.ts'

/** Why it was this person, as far as a person wants to know. */
export type Choice = {
  kind: DecisionKind
  policy: ReviewPolicy
  /** Those looked at who could be asked; 0 where nobody was looked at. */
  candidates: number
  /** Of the chosen one, when it was decided; null where it was no matter. */
  openReviews: number | null
  hasFewest: boolean
  /** The part of the files this person knows, from 0 to 1; null where the policy did not ask. */
  knownShare: number | null
  /** Has reviewed the author's changes lately. */
  knowsAuthor: boolean
  /** Owns changed files, and others who could have been asked do not. */
  isOwner: boolean
  /** Is the author's mentor. */
  isMentor: boolean
}

export function choiceOf(decision: Decision, userId: string): Choice {
  const { kind, policy, knowledge } = decision
  const all = lookedAt(decision)
  const eligible = all.filter(({ exclusion }) => exclusion === null)
  const index = all.findIndex((looked) => looked.userId === userId)
  const openReviews = all[index]?.openReviews ?? null
  const facts = index === -1 ? undefined : knowledge?.facts[index]
  return {
    kind,
    policy,
    candidates: eligible.length,
    openReviews,
    hasFewest: openReviews !== null && eligible.every((other) => other.openReviews >= openReviews),
    knownShare: facts === undefined ? null : facts.path / PATH_STEPS,
    knowsAuthor: facts !== undefined && facts.affinity >= COUNT_STEPS,
    isOwner: isAloneWithout(decision, index, 'NOT_OWNER'),
    isMentor: isAloneWithout(decision, index, 'NOT_MENTOR'),
  }
}

/** Whether others have this setback, and the one at the index has not. */
function isAloneWithout({ circumstances }: Decision, index: number, setback: Setback): boolean {
  if (circumstances === null || index === -1) return false
  const has = circumstances.of.map((each) => ((each?.setback ?? 0) & setbacks[setback]) !== 0)
  return !has[index]! && has.includes(true)
}
