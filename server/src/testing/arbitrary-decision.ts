import fc from 'fast-check'
import { circumstancesOf, type Circumstance, type Circumstances } from '../features/reviews/domain/circumstances.ts'
import { decide, type ReviewRequest, type TeamState } from '../features/reviews/domain/decide.ts'
import type { Decision } from '../features/reviews/domain/decision.ts'
import type { Knowledge } from '../features/reviews/domain/expertise/knowledge.ts'
import {
  COUNT_STEPS,
  PATH_STEPS,
  POPULARITY_PRIOR,
  scoreOf,
  type Facts,
} from '../features/reviews/domain/expertise/score.ts'
import {
  createRoster,
  ownersModes,
  reviewPolicies,
  type MemberTraits,
  type RampLevel,
  type Roster,
} from '../shared/roster.ts'

export type DecisionCase = { team: TeamState; request: ReviewRequest; seed: number; decision: Decision }

/** A Wednesday at noon. */
const AT_MS = Date.UTC(2026, 0, 7, 12)
const WEEKDAYS = [1, 2, 3, 4, 5]

const counts = fc.oneof(fc.constant(0), fc.nat(50), fc.nat(200_000))
const person = fc.record({
  isActive: fc.integer({ min: 0, max: 4 }).map((roll) => roll > 0),
  openReviews: fc.nat(4),
  /** Who of the team is a newcomer or a shadow depends on how many of those there are. */
  levelRoll: fc.nat(99),
  cap: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.nat(5)),
  /** Of eight, which of the rarer things hold. */
  roll: fc.record({ absent: fc.nat(9), never: fc.nat(9), author: fc.nat(9), atWork: fc.nat(2), owner: fc.nat(2) }),
  wasLast: fc.nat(9),
  free: fc.record<Circumstance>({
    hindrance: fc.constantFrom(null, null, null, null, 'ABSENT', 'NEVER_ASSIGNED', 'NOT_OWNER'),
    cap: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, fc.nat(5)),
    setback: fc.nat(15),
    isNewcomer: fc.boolean(),
  }),
  isFree: fc.boolean(),
  path: fc.oneof(fc.constant(0), fc.nat(1000)),
  affinity: fc.oneof(fc.constant(0), fc.nat(20_000)),
  popularity: counts,
  recent: counts,
  load: fc.oneof(fc.constant(0), fc.nat(3000), fc.nat(60_000)),
})
type Person = ReturnType<typeof person.generate>['value']

const world = fc.record({
  people: fc.oneof(fc.array(person, { maxLength: 8 }), fc.array(person, { minLength: 60, maxLength: 90, size: 'max' })),
  policy: fc.constantFrom(...reviewPolicies),
  kind: fc.constantFrom('create' as const, 'reassign' as const, 'fill' as const),
  wanted: fc.nat(2),
  author: fc.nat(99),
  kept: fc.option(fc.nat(99), { freq: 2 }),
  replaced: fc.option(fc.nat(99), { freq: 2 }),
  last: fc.option(fc.nat(99)),
  mentor: fc.option(fc.nat(99), { freq: 2 }),
  seed: fc.nat(2 ** 32 - 1),
  conditions: fc.constantFrom('none' as const, 'traits' as const, 'traits' as const, 'free' as const),
  isAccompanied: fc.boolean(),
  newcomers: fc.constantFrom(0, 20, 97),
  shadows: fc.constantFrom(0, 5),
  ownersMode: fc.constantFrom(...ownersModes),
  avoidsRepeats: fc.boolean(),
  isInformed: fc.boolean(),
  unknown: fc.constantFrom(1, 0.4, 0.01, 1e-6),
  loadWeight: fc.constantFrom(0, 0.5, 1, 3, 100),
})
type World = ReturnType<typeof world.generate>['value']

/**
 * Any decision about a team, made by `decide`: small teams as often as those of which it looks at only a part, with and without
 * limits, levels, owners and knowledge.
 */
export const decisionCases: fc.Arbitrary<DecisionCase> = world.map((drawn) => {
  const { people, kind, wanted, seed } = drawn
  const pick = (index: number | null) => {
    if (index === null) return null
    const place = index % (people.length + 1)
    return place === people.length ? 'outsider' : idAt(place)
  }
  const authorId = pick(drawn.author)!
  const keptIds = drawn.kept === null ? [] : [pick(drawn.kept)!]
  const roster = rosterOf(drawn, pick(drawn.mentor))
  const team: TeamState = {
    roster,
    openReviewsAt: (position) => people[position]!.openReviews,
    lastInRotation: pick(drawn.last),
  }
  const request: ReviewRequest = {
    kind,
    authorId,
    wanted,
    keptIds,
    replacedId: pick(drawn.replaced),
    circumstances: circumstancesIn(drawn, roster, authorId, keptIds),
    knowledge: drawn.isInformed ? knowledgeIn(drawn, roster, authorId) : null,
  }
  return { team, request, seed, decision: decide(team, request, seed) }
})

/** Sorts as it counts. */
function idAt(index: number): string {
  return `u${String(index).padStart(2, '0')}`
}

function rosterOf(drawn: World, mentorId: string | null): Roster {
  const { people, policy, wanted, ownersMode, avoidsRepeats, loadWeight } = drawn
  const traits = people.map((one, index): [string, MemberTraits] => [idAt(index), traitsOf(one, drawn, mentorId)])
  return createRoster({
    teamName: 'team',
    version: 4,
    policy,
    reviewersWanted: wanted,
    ownersMode,
    avoidsRepeats,
    loadWeight,
    members: people.map(({ isActive }, index) => ({ userId: idAt(index), isActive })),
    traits: new Map(drawn.conditions === 'traits' ? traits : []),
  })
}

function traitsOf({ levelRoll, cap, roll }: Person, drawn: World, mentorId: string | null): MemberTraits {
  const { newcomers, shadows, author } = drawn
  const levelled: RampLevel = levelRoll < newcomers + shadows ? 'shadow' : 'ramped'
  return {
    level: levelRoll < newcomers ? 'newcomer' : levelled,
    mentorId,
    maxOpenReviews: cap,
    isNeverAssigned: roll.never === 1,
    neverAuthorIds: roll.author === 1 ? [idAt(author)] : [],
    workingHours: {
      timeZone: 'UTC',
      days: WEEKDAYS,
      startMinute: roll.atWork === 1 ? 780 : 540,
      endMinute: 1020,
    },
    absences: roll.absent === 1 ? [{ startsMs: AT_MS - 1, endsMs: AT_MS + 1 }] : [],
  }
}

function circumstancesIn(
  { people, conditions, isAccompanied }: World,
  roster: Roster,
  authorId: string,
  keptIds: readonly string[],
): Circumstances | null {
  if (conditions === 'none') return null
  if (conditions === 'free') {
    return { isAccompanied, at: (position) => (people[position]!.isFree ? null : people[position]!.free) }
  }
  const owners = new Set(people.flatMap(({ roll }, index) => (roll.owner === 1 ? [idAt(index)] : [])))
  const last = people.flatMap(({ wasLast }, index) => (wasLast === 1 ? [idAt(index)] : []))
  const isOwner = owners.size === 0 ? null : (userId: string) => owners.has(userId)
  return circumstancesOf(roster, { authorId, keptIds, atMs: AT_MS, isOwner, lastChosenIds: last })
}

/** Facts of the size that an index of a real history gives, and shares that fit them. */
function knowledgeIn({ people, unknown, loadWeight }: World, roster: Roster, authorId: string): Knowledge {
  const paths = people.reduce((sum, { path }) => sum + path, 0)
  const facts = people.map(({ path, affinity, popularity, recent, load }): Facts => {
    const known = paths === 0 ? 0 : Math.round((path / paths) * (1 - unknown) * PATH_STEPS)
    return { path: known, affinity, popularity, recent, load }
  })
  const candidates = roster.activePositions.filter((position) => roster.members[position]!.userId !== authorId)
  const popularity = candidates.reduce((sum, at) => sum + facts[at]!.popularity / COUNT_STEPS + POPULARITY_PRIOR, 0)
  const affinity = facts.reduce((sum, each) => sum + each.affinity / COUNT_STEPS, 0)
  const shares = { unknown, affinity, popularity: Math.max(popularity, POPULARITY_PRIOR), loadWeight }
  const scores = facts.map((each) => scoreOf(each, shares))
  return {
    shares,
    factsAt: (position) => facts[position]!,
    best: (positions, size) =>
      positions
        .toSorted((a, b) => scores[b]! - scores[a]!)
        .slice(0, size)
        .toSorted((a, b) => a - b),
  }
}
