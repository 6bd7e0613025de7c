import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { compareIds } from '../../../shared/ids.ts'
import { createRoster, reviewPolicies } from '../../../shared/roster.ts'
import { decide, type ReviewRequest, type TeamState } from './decide.ts'
import { decodeDecision, encodeDecision, type MembersAt } from './decision-record.ts'
import { decideAgain, isSameDecision } from './replay.ts'

const userIds = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 })

/** Teams up to and beyond the size to which everybody is looked at. */
const cases = fc
  .uniqueArray(fc.record({ userId: userIds, isActive: fc.boolean(), load: fc.nat(4) }), {
    selector: ({ userId }) => userId,
    minLength: 1,
    maxLength: 160,
    size: 'max',
  })
  .chain((people) => {
    const members = people.toSorted((a, b) => compareIds(a.userId, b.userId))
    const somebody = fc.constantFrom(...members.map(({ userId }) => userId))
    const roster = fc
      .record({
        teamName: userIds,
        version: fc.nat(),
        policy: fc.constantFrom(...reviewPolicies),
        reviewersWanted: fc.nat(2),
        members: fc.constant(members.map(({ userId, isActive }) => ({ userId, isActive }))),
      })
      .map(createRoster)
    return fc.record({
      team: fc.record<TeamState>({
        roster,
        openReviewsAt: fc.constant((position) => members[position]!.load),
        lastInRotation: fc.option(somebody),
      }),
      request: fc.record<ReviewRequest>({
        kind: fc.constantFrom('create', 'reassign', 'hand-over'),
        authorId: somebody,
        wanted: fc.nat(2),
        keptIds: fc.uniqueArray(somebody, { maxLength: 1 }),
        replacedId: fc.option(somebody),
      }),
      seed: fc.nat(2 ** 32 - 1),
    })
  })

function membersOf({ roster }: TeamState): MembersAt {
  return (teamName, version) => {
    expect([teamName, version]).toEqual([roster.teamName, roster.version])
    return Promise.resolve(roster.members)
  }
}

describe('a decision made again from its record is the same, bit for bit,', () => {
  test('from the roster of that version', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ team, request, seed }) => {
        const decision = decide(team, request, seed)
        const stored = await decodeDecision(JSON.parse(encodeDecision(decision)), membersOf(team))

        expect(stored).toEqual(decision)
        expect(isSameDecision(decideAgain(stored, team.roster.members), decision)).toBeTrue()
      }),
    )
  })

  test('from the people it looked at alone', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ team, request, seed }) => {
        const decision = decide(team, request, seed)
        const stored = await decodeDecision(JSON.parse(encodeDecision(decision)), membersOf(team))

        expect(isSameDecision(decideAgain(stored), decision)).toBeTrue()
      }),
    )
  })
})

test('another choice, load or roster than the recorded one is noticed', () => {
  const members = ['ada', 'bob', 'cleo'].map((userId) => ({ userId, isActive: true }))
  const roster = createRoster({ teamName: 't', version: 1, policy: 'least-loaded', reviewersWanted: 1, members })
  const team = { roster, openReviewsAt: () => 0, lastInRotation: null }
  const decision = decide(team, { kind: 'create', authorId: 'ada', wanted: 1, keptIds: [], replacedId: null }, 7)
  const other = decision.assignedIds[0] === 'bob' ? 'cleo' : 'bob'
  const forged = { ...decision, assignedIds: [other] }
  const reloaded = { ...decision, openReviews: decision.openReviews.map((open) => open + 1) }

  expect(isSameDecision(forged, decideAgain(forged))).toBeFalse()
  expect(isSameDecision(decision, decideAgain(reloaded))).toBeFalse()
  expect(isSameDecision(decision, decideAgain(decision, members.slice(0, 2)))).toBeFalse()
  expect(isSameDecision(decision, decideAgain(decision, members))).toBeTrue()
})

test('a restored review was not decided, so it stays as it is', () => {
  const restored = {
    kind: 'restore' as const,
    teamName: 't',
    rosterVersion: 2,
    policy: 'random' as const,
    policyVersion: 0,
    seed: 0,
    wanted: 1,
    authorId: 'ada',
    keptIds: [],
    replacedId: null,
    lastInRotation: null,
    rosterSize: 2,
    positions: null,
    people: [],
    openReviews: [],
    circumstances: null,
    knowledge: null,
    assignedIds: ['bob'],
  }

  expect(decideAgain(restored, [])).toEqual(restored)
})
