import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { decisionCases } from '../../../testing/arbitrary-decision.ts'
import { decideFor } from './decide-for.ts'
import { decide, decideAmong } from './decide.ts'
import { decodeDecision, encodeDecision } from './decision-record.ts'
import { decideAgain, isSameDecision } from './replay.ts'
import { whyNot } from './why-not.ts'
import { applyChanges } from './why-not/change.ts'

/** Any decision of one seat, and each member of the team. */
function forEverybody(check: (one: Parameters<typeof decideFor>) => unknown): Promise<void> {
  return fc.assert(
    fc.asyncProperty(decisionCases, async ({ team, request, seed }) => {
      const reassigning = { ...request, kind: 'reassign', wanted: 1 } as const
      for (const { userId } of team.roster.members) await check([userId, team, reassigning, seed])
    }),
    { numRuns: 60, endOnFailure: true },
  )
}

test('whoever is proposed gets the seat unless a rule is against it', async () => {
  await forEverybody(([userId, team, request, seed]) => {
    const position = team.roster.members.findIndex((member) => member.userId === userId)
    const alone = decideAmong([position], team, request, seed).assignedIds
    const made = decideFor(userId, team, request, seed)

    expect(made?.decision.assignedIds ?? []).toEqual(alone)
    expect(made === null || made.isFree === decide(team, request, seed).assignedIds.includes(userId)).toBeTrue()
  })
})

test('the decision for somebody proposed is read from its record and made again, bit for bit', async () => {
  await forEverybody(async ([userId, team, request, seed]) => {
    const made = decideFor(userId, team, request, seed)
    if (made === null) return
    const stored = JSON.parse(encodeDecision(made.decision))
    const decoded = await decodeDecision(stored, () => Promise.resolve(team.roster.members))

    expect(isSameDecision(decoded, made.decision)).toBeTrue()
    expect(isSameDecision(decoded, decideAgain(decoded, team.roster.members))).toBeTrue()
    expect(isSameDecision(decoded, decideAgain(decoded))).toBeTrue()
  })
})

test('everybody else can be told why it was not they, and what would have made it them', async () => {
  await forEverybody(([userId, team, request, seed]) => {
    const made = decideFor(userId, team, request, seed)
    if (made === null || made.isFree) return
    const [first, last] = [team.roster.members[0]!, team.roster.members.at(-1)!]
    for (const { userId: other, isActive } of [first, last]) {
      const { flip } = whyNot(made.decision, other, isActive ? 'active' : 'inactive')
      expect(decideAgain(applyChanges(made.decision, other, flip)).assignedIds).toContain(other)
    }
  })
})

test('who is not in the team gets nothing', () => {
  fc.assert(
    fc.property(decisionCases, ({ team, request, seed }) => {
      expect(decideFor('stranger', team, { ...request, wanted: 1 }, seed)).toBeNull()
    }),
    { numRuns: 20 },
  )
})
