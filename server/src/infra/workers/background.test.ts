import { afterEach, describe, expect, test } from 'bun:test'
import { getPriority } from 'node:os'
import { until } from '../../testing/jobs.ts'
import type { FromTestWork } from '../../testing/work-in-background.ts'
import { startInBackground, type WorkInBackground } from './background.ts'

const started: WorkInBackground[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((work) => work.stop()))
})

function start(data: string) {
  const heard: FromTestWork[] = []
  const broken: unknown[] = []
  const work = startInBackground<FromTestWork>({
    file: new URL('../../testing/work-in-background.ts', import.meta.url),
    data,
    hear: (message) => void heard.push(message),
    onBroken: (error) => void broken.push(error),
  })
  started.push(work)
  return { work, heard, broken }
}

describe('work in the background', () => {
  test('shares one thread, which others leave while some goes on', async () => {
    const [first, second] = [start('first'), start('second')]
    await until(() => first.heard.length > 0 && second.heard.length > 0)
    await first.work.stop()
    second.work.tell({ kind: 'ask' })
    await until(() => second.heard.length === 2)

    expect(first.heard.map(({ data }) => data)).toEqual(['first'])
    expect(second.heard.map(({ data }) => data)).toEqual(['second', 'second'])
    expect(new Set([...first.heard, ...second.heard].map(({ threadId }) => threadId)).size).toBe(1)
  })

  test('is begun again, all of it, when its thread breaks', async () => {
    const [first, second] = [start('first'), start('second')]
    await until(() => first.heard.length > 0 && second.heard.length > 0)
    first.work.tell({ kind: 'break' })
    await until(() => first.heard.length === 2 && second.heard.length === 2)

    expect([first.broken, second.broken].map((errors) => errors.map(String))).toEqual([
      [expect.stringContaining('broken on purpose')],
      [expect.stringContaining('broken on purpose')],
    ])
    expect(second.heard[1]!.threadId).toBe(first.heard[1]!.threadId)
    expect(second.heard[1]!.threadId).not.toBe(second.heard[0]!.threadId)
  })

  test.skipIf(process.platform !== 'linux')('leaves the processor to what answers requests', async () => {
    const before = getPriority()
    const { heard } = start('nice')
    await until(() => heard.length > 0)

    expect(heard[0]!.niceness).toBeGreaterThan(before)
    expect(getPriority()).toBe(before)
  })
})
