import { expect, test } from 'bun:test'
import { forEachAtOnce } from './for-each-at-once.ts'

test('work starts in order, and never more at once than said', async () => {
  const started: number[] = []
  let underWay = 0
  let most = 0

  await forEachAtOnce([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    started.push(item)
    most = Math.max(most, ++underWay)
    await Bun.sleep(item % 2)
    underWay--
  })

  expect(started).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(most).toBe(3)
})

test('after a failure what is under way ends, and nothing more starts', async () => {
  const ended: number[] = []
  const work = forEachAtOnce([1, 2, 3, 4, 5], 2, async (item) => {
    if (item === 1) throw new Error('the first failed')
    await Bun.sleep(5)
    ended.push(item)
  })

  expect(work).rejects.toThrow('the first failed')
  await work.catch(() => undefined)
  expect(ended).toEqual([2])
})
