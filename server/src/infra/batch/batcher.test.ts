import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { AppError } from '../../shared/errors.ts'
import { createBatcher, noFigures, type BatchOutcome, type Retry } from './batcher.ts'

const limits = { maxSize: 100, maxInFlight: 1, maxWaiting: 100 }

type Run = { items: readonly string[]; finish: () => void; fail: (error: unknown) => void }

class DataError extends Error {}

type Settings = { maxSize?: number; maxInFlight?: number; maxWaiting?: number; how?: Retry }

/** A batcher whose batches wait until the test finishes them. An item's key is its part before the colon. */
function aBatcher({ maxSize = 100, maxInFlight = 1, maxWaiting = 100, how = 'halves' }: Settings = {}) {
  const runs: Run[] = []
  const figures = noFigures()
  const batcher = createBatcher<string, string>({
    maxSize,
    maxInFlight,
    maxWaiting,
    figures,
    run: (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly BatchOutcome<string>[]>()
      const outcomes = items.map((item): BatchOutcome<string> =>
        item.endsWith('!') ? { ok: false, error: new Error(`refused ${item}`) } : { ok: true, value: `did ${item}` },
      )
      runs.push({ items, finish: () => resolve(outcomes), fail: reject })
      return promise
    },
    keysOf: (item) => item.split(':')[0]!.split('+'),
    retry: (error) => (error instanceof DataError ? how : null),
  })
  return { ...batcher, figures, runs }
}

/** Lets everything that can go on without the test go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a lone call goes straight through', async () => {
  const { submit, runs } = aBatcher()
  const answer = submit('a')
  await settle()
  expect(runs.map(({ items }) => items)).toEqual([['a']])
  runs[0]!.finish()

  expect(await answer).toBe('did a')
})

test('calls of one moment share a batch, and those that come while it is in flight form the next', async () => {
  const { submit, runs } = aBatcher()
  const first = ['a', 'b'].map(submit)
  await settle()
  const second = ['c', 'd', 'e'].map(submit)
  await settle()
  expect(runs.map(({ items }) => items)).toEqual([['a', 'b']])
  runs[0]!.finish()
  expect(await Promise.all(first)).toEqual(['did a', 'did b'])
  await settle()
  expect(runs.map(({ items }) => items)).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ])
  runs[1]!.finish()

  expect(await Promise.all(second)).toEqual(['did c', 'did d', 'did e'])
})

test('a batch takes no more than its size, in the order of the calls', async () => {
  const { submit, runs } = aBatcher({ maxSize: 2 })
  const answers = ['a', 'b', 'c', 'd', 'e'].map(submit)
  for (let batch = 0; batch < 3; batch++) {
    await settle()
    runs[batch]!.finish()
  }
  await Promise.all(answers)

  expect(runs.map(({ items }) => items)).toEqual([['a', 'b'], ['c', 'd'], ['e']])
})

test('calls with a common key never share a batch, and keep their order even across a third between them', async () => {
  const { submit, runs } = aBatcher()
  // The second shares a key with the first and another with the third, which so may not overtake it.
  const answers = ['x:1', 'x+y:2', 'y:3', 'z:4'].map(submit)
  for (let batch = 0; batch < 3; batch++) {
    await settle()
    runs[batch]!.finish()
  }
  await Promise.all(answers)

  expect(runs.map(({ items }) => items)).toEqual([['x:1', 'z:4'], ['x+y:2'], ['y:3']])
})

test('however calls come in, each is done once, in time, and those of a key in their order', async () => {
  const item = fc.tuple(fc.subarray(['x', 'y', 'z', 'w'], { minLength: 1 }), fc.boolean())
  const waves = fc.array(fc.array(item, { maxLength: 8 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(
      waves,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      async (all, maxSize, maxInFlight) => {
        const { submit, figures, runs } = aBatcher({ maxSize, maxInFlight })
        const submitted: string[] = []
        const answers: Promise<unknown>[] = []
        let finished = 0
        for (const wave of all) {
          for (const [keys, isRefused] of wave) {
            const name = `${keys.join('+')}:${submitted.length}${isRefused ? '!' : ''}`
            submitted.push(name)
            answers.push(submit(name).catch((error: Error) => error.message))
          }
          await settle()
          if (finished < runs.length) runs[finished++]!.finish()
        }
        for (await settle(); finished < runs.length; await settle()) runs[finished++]!.finish()

        const done = runs.flatMap(({ items }) => items)
        expect(done.toSorted()).toEqual(submitted.toSorted())
        expect(figures).toMatchObject({
          waiting: 0,
          inFlight: 0,
          batches: runs.length,
          items: submitted.length,
          refused: 0,
        })
        expect(await Promise.all(answers)).toEqual(
          submitted.map((name) => (name.endsWith('!') ? `refused ${name}` : `did ${name}`)),
        )
        for (const key of ['x', 'y', 'z', 'w']) {
          const isOfKey = (name: string) => name.split(':')[0]!.split('+').includes(key)
          expect(done.filter(isOfKey)).toEqual(submitted.filter(isOfKey))
          for (const { items } of runs) expect(items.filter(isOfKey).length).toBeLessThanOrEqual(1)
        }
        for (const { items } of runs) expect(items.length).toBeLessThanOrEqual(maxSize)
      },
    ),
  )
})

describe('when a batch fails', () => {
  test('for a reason in the data of one call, that call fails alone and its neighbours succeed', async () => {
    const tried: (readonly number[])[] = []
    const { submit } = createBatcher<number, number>({
      ...limits,
      run: (items) => {
        tried.push(items)
        return items.includes(13)
          ? Promise.reject(new DataError('13 is poison'))
          : Promise.resolve(items.map((value) => ({ ok: true, value })))
      },
      retry: (error) => (error instanceof DataError ? 'halves' : null),
    })
    const outcomes = await Promise.allSettled([1, 13, 2].map(submit))

    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: new DataError('13 is poison') },
      { status: 'fulfilled', value: 2 },
    ])
    expect(tried.length).toBeLessThanOrEqual(5)
    expect(tried.filter((items) => items.includes(13))).toEqual([[1, 13, 2], [1, 13], [13]])
  })

  test('for any other reason, all of its calls fail, none is tried again, and the next batch is served', async () => {
    const { submit, runs } = aBatcher()
    const failing = Promise.allSettled(['a', 'b'].map(submit))
    await settle()
    const next = submit('c')
    runs[0]!.fail(new Error('away'))
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await settle()
    runs[1]!.finish()

    expect(await next).toBe('did c')
    expect(runs.map(({ items }) => items)).toEqual([['a', 'b'], ['c']])
  })

  test('by giving too few outcomes, the calls without one fail', async () => {
    const { submit } = createBatcher<string, string>({
      ...limits,
      run: () => Promise.resolve([{ ok: true, value: 'only one' }]),
    })
    const outcomes = await Promise.allSettled(['a', 'b'].map(submit))

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })
})

test('as many batches are under way at once as may be, and calls with a common key still follow each other', async () => {
  const { submit, runs } = aBatcher({ maxInFlight: 2 })
  const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const again = many.map((key) => `${key}:2`)
  const answers = ['x:1', 'y:2'].map(submit)
  await settle()
  answers.push(...['x:3', ...many].map(submit))
  await settle()
  answers.push(...[...again, 'v:1'].map(submit))
  await settle()
  expect(runs.map(({ items }) => items)).toEqual([['x:1', 'y:2'], many])
  runs[0]!.finish()
  await settle()
  expect(runs.map(({ items }) => items)).toEqual([['x:1', 'y:2'], many, ['x:3', 'v:1']])
  runs[1]!.finish()
  runs[2]!.finish()
  await settle()
  runs[3]!.finish()

  expect(await Promise.all(answers)).toHaveLength(18)
  expect(runs.map(({ items }) => items)).toEqual([['x:1', 'y:2'], many, ['x:3', 'v:1'], again])
})

test('few waiting calls wait for the batch in flight rather than make a small one of their own', async () => {
  const { submit, runs } = aBatcher({ maxInFlight: 2 })
  const first = submit('a')
  await settle()
  const others = ['b', 'c'].map(submit)
  await settle()
  expect(runs.map(({ items }) => items)).toEqual([['a']])
  runs[0]!.finish()
  await settle()
  runs[1]!.finish()

  expect(await Promise.all([first, ...others])).toEqual(['did a', 'did b', 'did c'])
})

test('a call at fault that takes its time holds up nobody', async () => {
  const { submit, runs } = aBatcher()
  const [slow, neighbour] = ['slow', 'b'].map(submit)
  await settle()
  runs[0]!.fail(new DataError('one of them'))
  await settle()
  const later = submit('c')
  await settle()
  for (const { items, finish } of runs.slice(1)) if (!items.includes('slow')) finish()
  expect(await neighbour).toBe('did b')
  expect(await later).toBe('did c')
  for (const { finish } of runs) finish()

  expect(await slow).toBe('did slow')
})

test('where each try may take long, all are tried alone at once', async () => {
  const { submit, runs } = aBatcher({ how: 'singles' })
  const answers = ['a', 'b', 'c', 'd'].map(submit)
  await settle()
  runs[0]!.fail(new DataError('one of them'))
  await settle()
  expect(runs.slice(1).map(({ items }) => items)).toEqual([['a'], ['b'], ['c'], ['d']])
  for (const { finish } of runs) finish()

  expect(await Promise.all(answers)).toEqual(['did a', 'did b', 'did c', 'did d'])
})

test('what finds the queue full is refused as overload, and nothing else is', async () => {
  const { submit, figures, runs } = aBatcher({ maxSize: 1, maxWaiting: 2 })
  const first = submit('a')
  await settle()
  const waiting = ['b', 'c'].map(submit)
  const refused = await submit('d').catch((error: AppError) => error)
  for (let batch = 0; batch < 3; batch++) {
    await settle()
    runs[batch]!.finish()
  }

  expect(refused).toMatchObject({ kind: 'overloaded', code: 'OVERLOADED' })
  expect(figures.refused).toBe(1)
  expect(await Promise.all([first, ...waiting])).toEqual(['did a', 'did b', 'did c'])
})
