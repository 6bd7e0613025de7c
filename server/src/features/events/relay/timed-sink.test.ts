import { expect, test } from 'bun:test'
import type { Event } from '../domain/event.ts'
import type { Publishing } from './messages.ts'
import { timed } from './timed-sink.ts'

function anEvent(sequence: number, traceparent: string | null): Event {
  const fixed = {
    workspaceId: 1,
    type: 'pullRequest.merged',
    subject: 'pr-1',
    teamName: 'web',
    actor: 'local',
  } as const
  return { ...fixed, sequence, id: `${sequence}.1`, occurredAt: '2026-11-21T09:45:12.123456Z', data: {}, traceparent }
}

async function tried(events: readonly Event[], failure?: Error): Promise<Publishing[]> {
  const told: Publishing[] = []
  const publish = () => (failure === undefined ? Promise.resolve() : Promise.reject(failure))
  const sink = timed({ publish, close: () => Promise.resolve() }, (publishing) => told.push(publishing))
  const published = sink.publish(events)
  if (failure !== undefined) expect(published).rejects.toThrow(failure.message)
  await published.catch(() => undefined)
  return told
}

test('what belongs to no trace that is kept is published without a word', async () => {
  expect(await tried([anEvent(4, null), anEvent(8, null)])).toEqual([])
})

test('each trace is named once, with how many events there were and how it went', async () => {
  const events = [anEvent(4, 'a'), anEvent(5, 'a'), anEvent(8, null), anEvent(12, 'b')]
  const [done] = await tried(events)
  const [failed] = await tried(events, new Error('It broke'))

  expect(done).toMatchObject({ traceparents: ['a', 'b'], count: 4, done: { hasFailed: false } })
  expect(failed).toMatchObject({ traceparents: ['a', 'b'], count: 4, done: { hasFailed: true } })
})

test('of very many traces the first hundred are named', async () => {
  const [done] = await tried(Array.from({ length: 150 }, (_, n) => anEvent(4 * n, `t${n}`)))

  expect(done!.traceparents).toHaveLength(100)
})
