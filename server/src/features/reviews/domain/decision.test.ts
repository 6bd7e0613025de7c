import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { reviewPolicies } from '../../people/index.ts'
import { decodeDecision, encodeDecision, type Decision } from './decision.ts'

const texts = fc.string({ unit: 'binary' })
const counts = fc.nat()
const decisions: fc.Arbitrary<Decision> = fc.record({
  kind: fc.constantFrom('create', 'reassign', 'hand-over', 'restore'),
  teamName: texts,
  rosterVersion: counts,
  policy: fc.constantFrom(...reviewPolicies),
  policyVersion: counts,
  seed: fc.nat(2 ** 32 - 1),
  wanted: fc.nat(2),
  authorId: texts,
  keptIds: fc.array(texts, { maxLength: 2 }),
  replacedId: fc.option(texts),
  lastInRotation: fc.option(texts),
  rosterSize: counts,
  lookedAt: fc.array(
    fc.record({
      userId: texts,
      openReviews: counts,
      exclusion: fc.option(fc.constantFrom('INACTIVE', 'AUTHOR', 'ALREADY_ASSIGNED', 'REPLACED')),
    }),
  ),
  assignedIds: fc.array(texts, { maxLength: 2 }),
})

test('a decision comes back from its record as it was', () => {
  fc.assert(
    fc.property(decisions, (decision) => {
      const record: unknown = JSON.parse(encodeDecision(decision))

      expect(decodeDecision(record)).toEqual(decision)
      expect(encodeDecision(decodeDecision(record))).toBe(encodeDecision(decision))
    }),
  )
})

test('a record spends no word on those who could be chosen', () => {
  const [decision] = fc.sample(decisions, { seed: 1, numRuns: 1 })
  const lookedAt = [
    { userId: 'ada', openReviews: 2, exclusion: null },
    { userId: 'bob', openReviews: 0, exclusion: 'AUTHOR' as const },
  ]

  expect(JSON.parse(encodeDecision({ ...decision!, lookedAt }))).toHaveProperty('lookedAt', [
    ['ada', 2],
    ['bob', 0, 'AUTHOR'],
  ])
})
