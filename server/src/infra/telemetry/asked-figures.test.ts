import { expect, test } from 'bun:test'
import { rarely } from './asked-figures.ts'
import { figure, type Figure } from './figures.ts'

function depth(value: number): Figure[] {
  return [figure('gauge', 'tandem_depth', 'Depth.', [{ value, labels: {} }], 'max')]
}

test('what is asked for is asked once for scrapes at the same time and soon after', async () => {
  let questions = 0
  const read = rarely(async () => depth(++questions), 60_000)

  expect(await Promise.all([read(), read()])).toEqual([depth(1), depth(1)])
  expect(await read()).toEqual(depth(1))
})

test('an old answer is asked for again', async () => {
  let questions = 0
  const read = rarely(async () => depth(++questions), 0)

  expect([await read(), await read()]).toEqual([depth(1), depth(2)])
})

test('a question that fails is missing from this answer, and asked again for the next', async () => {
  let questions = 0
  const read = rarely(async () => {
    if (++questions === 1) throw new Error('the database is away')
    return depth(questions)
  })

  expect([await read(), await read()]).toEqual([[], depth(2)])
})

test('a question that takes too long is missing from this answer, and its answer is there for a later one', async () => {
  const slow = Promise.withResolvers<Figure[]>()
  const read = rarely(() => slow.promise, 60_000, 1)

  expect(await read()).toEqual([])
  slow.resolve(depth(7))
  await slow.promise
  expect(await read()).toEqual(depth(7))
})
