import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { heartbeat, heartbeatTime, isFrom, keysChanged, MAX_MESSAGE_BYTES, readMessage } from './feed-message.ts'

const sender = crypto.randomUUID()

describe('a message about changed keys', () => {
  test('is never longer than NOTIFY allows, and together they tell every key in order', () => {
    const keys = fc.array(fc.string({ unit: 'binary', maxLength: 2000 }), { maxLength: 30 })
    fc.assert(
      fc.property(keys, (given) => {
        const messages = keysChanged(sender, given)
        const told = messages.map(({ text }) => readMessage(text).told)
        const isTooLong = given.some((key) => Buffer.byteLength(JSON.stringify(key)) > MAX_MESSAGE_BYTES - 60)

        for (const { text } of messages) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
        if (told[0]?.kind === 'all') expect({ told, isTooLong }).toEqual({ told: [{ kind: 'all' }], isTooLong: true })
        else expect(told.flatMap((one) => (one.kind === 'changed' ? one.keys : []))).toEqual(given)
      }),
    )
  })

  test('names the same keys to a channel that keeps answers itself', () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `/team/get?team_name=${index}`)
    const messages = keysChanged(sender, keys)

    expect(messages.length).toBeGreaterThan(1)
    expect(messages.flatMap(({ changed }) => changed ?? ['all'])).toEqual(keys)
  })
})

test.each([
  '',
  'hello',
  '0 a heartbeat 1',
  `2 ${sender} changed []`,
  `1 ${sender} sings`,
  `1 ${sender} changed [`,
  `1 ${sender} changed [1]`,
  `1 ${sender} changed {}`,
])('the message %j is not understood, and so may mean that everything has changed', (text) => {
  expect(readMessage(text).told).toEqual({ kind: 'all' })
})

test('a process knows its own messages, and when it sent its heartbeats', () => {
  const own = heartbeat(sender, 12.5).text
  const other = heartbeat(crypto.randomUUID(), 12.5).text

  expect([isFrom(sender, own), isFrom(sender, other)]).toEqual([true, false])
  expect([heartbeatTime(sender, own), heartbeatTime(sender, other)]).toEqual([12.5, undefined])
  expect(heartbeatTime(sender, keysChanged(sender, ['a'])[0]!.text)).toBeUndefined()
})
