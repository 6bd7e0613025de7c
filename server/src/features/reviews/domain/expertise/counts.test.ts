import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Counts } from './counts.ts'

const PEOPLE = 60
const number = fc.nat(PEOPLE - 1)
/** Sums of such weights are exact in any order, and so are their halves. */
const weight = fc.integer({ min: 1, max: 64 })
const steps = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant('add' as const), number, weight }),
    fc.record({ what: fc.constant('add' as const), number, weight }),
    fc.record({ what: fc.constant('halve' as const) }),
    fc.record({ what: fc.constant('drop' as const), least: weight }),
    fc.record({ what: fc.constant('join' as const), others: fc.array(fc.tuple(number, weight), { maxLength: 30 }) }),
  ),
  { maxLength: 80, size: 'max' },
)
type Step = ReturnType<typeof steps.generate>['value'][number]

/** Numbers that lie close together, and numbers with wide gaps. */
const spreads = fc.constantFrom(1, 101)

function follow(counts: Counts, model: Map<number, number>, step: Step, spread: number): void {
  const add = (to: number, by: number) => model.set(to, (model.get(to) ?? 0) + by)
  switch (step.what) {
    case 'add':
      counts.add(step.number * spread, step.weight)
      add(step.number * spread, step.weight)
      break
    case 'halve':
      counts.scale(0.5)
      for (const [each, value] of model) model.set(each, value / 2)
      break
    case 'drop':
      counts.dropBelow(step.least)
      for (const [each, value] of model) if (value < step.least) model.delete(each)
      break
    case 'join': {
      const joined = new Counts()
      for (const [each, by] of step.others) joined.add(each * spread, by)
      counts.addAll(joined)
      for (const [each, by] of step.others) add(each * spread, by)
    }
  }
}

function forAny(check: (counts: Counts, model: ReadonlyMap<number, number>, spread: number) => void): void {
  fc.assert(
    fc.property(steps, spreads, (all, spread) => {
      const counts = new Counts()
      const model = new Map<number, number>()
      for (const step of all) {
        follow(counts, model, step, spread)
        check(counts, model, spread)
      }
    }),
  )
}

describe('counts, few or many, are those of a plain map', () => {
  test('for each person, in all, and in how many there are', () => {
    forAny((counts, model, spread) => {
      const listed = counts.numbers.map((each, index) => [each, counts.values[index]!] as const)

      expect(new Map(listed)).toEqual(new Map(model))
      expect(counts.size).toBe(model.size)
      expect(counts.total).toBe([...model.values()].reduce((sum, value) => sum + value, 0))
      for (let each = 0; each < PEOPLE; each++) expect(counts.get(each * spread)).toBe(model.get(each * spread) ?? 0)
    })
  })
})
