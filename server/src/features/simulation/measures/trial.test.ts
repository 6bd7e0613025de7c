import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { TrialDecision } from '../queries/trials.ts'
import { Trial, type TrialFigures } from './trial.ts'

type Named = { actingIds: string[]; trialIds: string[]; finalIds: string[] | null }

const people = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 2 })
const decisions = fc.array(
  fc
    .record({ actingIds: people, trialIds: people, finalIds: fc.option(people) })
    .filter(({ actingIds, trialIds }) => actingIds.length + trialIds.length > 0),
  { minLength: 1, maxLength: 40 },
)

function figuresOf(rows: readonly Named[], otherIds: readonly string[] = []): TrialFigures {
  const trial = new Trial()
  for (const [n, row] of rows.entries()) {
    const decidedAt = new Date(Date.UTC(2026, 0, 1) + n * 3_600_000).toISOString()
    const decision: TrialDecision = {
      pullRequestId: `pr-${n}`,
      number: 1,
      decidedAt,
      policy: 'random',
      trialPolicy: 'expertise',
      chosenIds: row.finalIds?.slice(1) ?? null,
      ...row,
    }
    trial.add(decision)
  }
  return trial.figures(otherIds)
}

describe('a trial', () => {
  test('that names the same people agrees in everything and is as even', () => {
    fc.assert(
      fc.property(decisions, (rows) => {
        const same = rows
          .filter(({ actingIds }) => actingIds.length > 0)
          .map((row) => ({ ...row, trialIds: row.actingIds.toReversed() }))
        fc.pre(same.length > 0)
        const { seatAgreement, decisionAgreement, acting, trial } = figuresOf(same)

        expect([seatAgreement, decisionAgreement]).toEqual([1, 1])
        expect(trial).toEqual(acting)
      }),
    )
  })

  test('that names nobody of those who were named agrees in nothing', () => {
    const { seatAgreement, decisionAgreement } = figuresOf([
      { actingIds: ['a', 'b'], trialIds: ['c', 'd'], finalIds: null },
      { actingIds: ['a'], trialIds: [], finalIds: null },
    ])

    expect([seatAgreement, decisionAgreement]).toEqual([0, 0])
  })

  test('has the mirrored figures when the policies change places', () => {
    fc.assert(
      fc.property(decisions, (rows) => {
        const one = figuresOf(rows, ['z'])
        const other = figuresOf(
          rows.map((row) => ({ ...row, actingIds: row.trialIds, trialIds: row.actingIds })),
          ['z'],
        )
        const mirrored = (hits: TrialFigures['changed']['final']) => ({
          reviewers: hits.reviewers,
          acting: hits.trial,
          trial: hits.acting,
        })

        expect(other.seatAgreement).toBe(one.seatAgreement)
        expect(other.decisionAgreement).toBe(one.decisionAgreement)
        expect([other.acting, other.trial]).toEqual([one.trial, one.acting])
        expect(other.changed.final).toEqual(mirrored(one.changed.final))
        expect(other.changed.chosen).toEqual(mirrored(one.changed.chosen))
      }),
    )
  })

  test('has as many reviews by person as seats, and never more agreement than seats', () => {
    fc.assert(
      fc.property(decisions, (rows) => {
        const { acting, seatAgreement, decisionAgreement } = figuresOf(rows)

        expect(acting.byPerson.reduce((sum, { reviews }) => sum + reviews, 0)).toBe(acting.seats)
        expect(acting.seats).toBe(rows.reduce((sum, { actingIds }) => sum + actingIds.length, 0))
        expect(seatAgreement).toBeWithin(0, 1.000001)
        expect(decisionAgreement).toBeWithin(0, 1.000001)
      }),
    )
  })
})
