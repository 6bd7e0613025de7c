import { compareIds } from '../../../../shared/ids.ts'
import { setbacks, type Circumstance, type Setback } from '../circumstances.ts'
import type { Decision } from '../decision.ts'
import { COUNT_STEPS, PATH_STEPS, type Facts } from '../expertise/score.ts'

/** One fact that would have to be otherwise. */
export type Change =
  | { fact: 'team'; from: null; to: string }
  | { fact: 'is_active' | 'owner' | 'mentor' | 'at_work'; from: false; to: true }
  | { fact: 'author' | 'already_assigned' | 'replaced'; from: true; to: false }
  | { fact: 'absent' | 'never_assigned' | 'chosen_last'; from: true; to: false }
  | { fact: 'looked_at'; from: false; to: true }
  | { fact: 'level'; from: 'shadow' | 'newcomer'; to: 'ramped' }
  | { fact: 'reviewers_wanted' | 'max_open_reviews'; from: number; to: number }
  | { fact: 'open_reviews'; from: number | null; to: number }
  | { fact: 'knows_files' | 'reviewed_author' | 'load'; from: number; to: number }
  | { fact: 'last_in_rotation'; from: string | null; to: string | null }
  | { fact: 'seed'; from: number; to: number }

/** What takes a setback away. */
export const reliefs: Readonly<Record<Setback, Change>> = {
  NOT_MENTOR: { fact: 'mentor', from: false, to: true },
  NOT_OWNER: { fact: 'owner', from: false, to: true },
  OFF_HOURS: { fact: 'at_work', from: false, to: true },
  CHOSEN_LAST: { fact: 'chosen_last', from: true, to: false },
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
    case 'last_in_rotation':
      return { ...decision, lastInRotation: change.to }
    case 'seed':
      return { ...decision, seed: change.to }
    case 'open_reviews':
      return { ...decision, openReviews: replacedAt(decision.openReviews, indexOf(decision, userId), change.to) }
    case 'absent':
    case 'never_assigned':
      return withCircumstance(decision, userId, () => ({ hindrance: null }))
    case 'level':
      return withCircumstance(decision, userId, ({ hindrance }) => ({
        hindrance: hindrance === 'SHADOW' ? null : hindrance,
        isNewcomer: false,
      }))
    case 'max_open_reviews':
      return withCircumstance(decision, userId, () => ({ cap: change.to }))
    case 'owner':
      return withCircumstance(decision, userId, ({ hindrance, setback }) => ({
        hindrance: hindrance === 'NOT_OWNER' ? null : hindrance,
        setback: setback & ~setbacks.NOT_OWNER,
      }))
    case 'mentor':
      return without(decision, userId, 'NOT_MENTOR')
    case 'at_work':
      return without(decision, userId, 'OFF_HOURS')
    case 'chosen_last':
      return without(decision, userId, 'CHOSEN_LAST')
    case 'knows_files':
      return withFacts(decision, userId, { path: Math.round(change.to * PATH_STEPS) })
    case 'reviewed_author':
      return withFacts(decision, userId, { affinity: Math.round(change.to * COUNT_STEPS) })
    case 'load':
      return withFacts(decision, userId, { load: Math.round(change.to * COUNT_STEPS) })
  }
}

function indexOf({ people }: Decision, userId: string): number {
  return people.findIndex((person) => person.userId === userId)
}

function replacedAt<Item>(items: readonly Item[], index: number, item: Item): readonly Item[] {
  return index === -1 ? items : items.with(index, item)
}

function without(decision: Decision, userId: string, setback: Setback): Decision {
  return withCircumstance(decision, userId, (before) => ({ setback: before.setback & ~setbacks[setback] }))
}

function withCircumstance(
  decision: Decision,
  userId: string,
  change: (before: Circumstance) => Partial<Circumstance>,
): Decision {
  const index = indexOf(decision, userId)
  const before = decision.circumstances?.of[index] ?? null
  if (decision.circumstances === null || before === null) return decision
  const { isAccompanied, of } = decision.circumstances
  return {
    ...decision,
    circumstances: { isAccompanied, of: replacedAt(of, index, { ...before, ...change(before) }) },
  }
}

function withFacts(decision: Decision, userId: string, change: Partial<Facts>): Decision {
  const index = indexOf(decision, userId)
  if (decision.knowledge === null || index === -1) return decision
  const { shares, facts } = decision.knowledge
  return { ...decision, knowledge: { shares, facts: replacedAt(facts, index, { ...facts[index]!, ...change }) } }
}

const nothingKnown: Facts = { path: 0, affinity: 0, popularity: 0, recent: 0, load: 0 }

/** Somebody of whom the record knows nothing else: active, without reviews, free to be asked. */
function withPerson(decision: Decision, userId: string): Decision {
  const { people, openReviews, circumstances, knowledge } = decision
  const following = people.findIndex((person) => compareIds(person.userId, userId) > 0)
  const place = following === -1 ? people.length : following
  return {
    ...decision,
    people: people.toSpliced(place, 0, { userId, isActive: true }),
    openReviews: openReviews.toSpliced(place, 0, 0),
    circumstances: circumstances === null ? null : { ...circumstances, of: circumstances.of.toSpliced(place, 0, null) },
    knowledge:
      knowledge === null
        ? null
        : { shares: knowledge.shares, facts: knowledge.facts.toSpliced(place, 0, nothingKnown) },
  }
}
