import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Waves } from './waves.ts'

const HOUR_MS = 3_600_000

describe('the wave index', () => {
  test('is the most that one person got in 24 hours over what the evenest spread gives', () => {
    const waves = new Waves()
    // Of 10 reviews in ten hours bob gets 6; among five candidates nobody needs to get more than 2.
    for (let hour = 0; hour < 10; hour++) waves.give([hour < 6 ? 'bob' : `u${hour}`], hour * HOUR_MS, 5)

    expect(waves.index()).toEqual({ p95: 3, highest: 3 })
  })

  test('is 1 where nobody got more than had to', () => {
    const waves = new Waves()
    for (let turn = 0; turn < 40; turn++) waves.give([`u${turn % 7}`], turn * HOUR_MS, 7)

    expect(waves.index()).toEqual({ p95: 1, highest: 1 })
  })

  test('says nothing of fewer than 10 reviews in 24 hours', () => {
    const waves = new Waves()
    for (let turn = 0; turn < 100; turn++) waves.give(['bob'], turn * 3 * HOUR_MS, 3)

    expect(waves.index()).toBeNull()
  })

  test('is what counting each window anew gives', () => {
    const given = fc.array(fc.record({ who: fc.nat(4), gapMinutes: fc.integer({ min: 0, max: 240 }) }), {
      minLength: 20,
      maxLength: 80,
    })
    fc.assert(
      fc.property(given, (all) => {
        let atMs = 0
        const reviews = all.map(({ who, gapMinutes }) => ({ id: `u${who}`, atMs: (atMs += gapMinutes * 60_000) }))
        const waves = new Waves()
        for (const review of reviews) waves.give([review.id], review.atMs, 4)

        expect(waves.index()?.highest ?? null).toBe(highestOf(reviews))
      }),
    )
  })
})

function highestOf(reviews: readonly { id: string; atMs: number }[]): number | null {
  const figures = reviews.flatMap(({ atMs }, index) => {
    const window = reviews.slice(0, index + 1).filter((review) => review.atMs > atMs - 24 * HOUR_MS)
    const counts = [...Map.groupBy(window, ({ id }) => id).values()].map(({ length }) => length)
    return window.length < 10 ? [] : [Math.max(...counts) / Math.ceil(window.length / 4)]
  })
  return figures.length === 0 ? null : Math.max(...figures)
}
