import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { keysChanged } from '../../../infra/cache/feed-message.ts'
import { pairsIn } from '../domain/presence.ts'
import { allTexts, helloText, movedText, readTold, saidText, typingText } from './told.ts'

test('what is told is understood', () => {
  expect([
    readTold(saidText('team/a "b"', 7)),
    readTold(typingText('team/a', 'ada')),
    readTold(movedText('came', 1, 'team/a', 'ada')),
    readTold(movedText('went', 2, 'team/a', 'ada')),
    readTold(helloText),
    readTold('["something new", 1]'),
  ]).toEqual([
    { kind: 'said', room: 'team/a "b"', number: 7 },
    { kind: 'typing', room: 'team/a', userId: 'ada' },
    { kind: 'came', room: 'team/a', userId: 'ada' },
    { kind: 'went', room: 'team/a', userId: 'ada' },
    { kind: 'hello' },
    null,
  ])
})

test('somebody who goes, comes and goes is told of three times', () => {
  const texts = (['went', 'came', 'went'] as const).map((kind, mark) => movedText(kind, mark, 'team/a', 'ada'))

  expect(new Set(texts).size).toBe(3)
})

const anyId = fc.oneof(
  fc.string({ minLength: 1, maxLength: 255, unit: 'binary' }),
  fc.constantFrom('\u0001'.repeat(255), '"'.repeat(255), '🚀'.repeat(255)),
)

test('all who are there arrive, whoever they are, in texts that fit into a message each', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyId, anyId), { maxLength: 60 }), (pairs) => {
      const rooms = new Map<string, Set<string>>()
      for (const [room, userId] of pairs) rooms.set(room, (rooms.get(room) ?? new Set()).add(userId))

      const texts = allTexts(1, rooms)
      const told = texts.map(readTold).map((one) => (one?.kind === 'all' ? one : null))

      expect(keysChanged('x'.repeat(36), texts).every(({ changed }) => changed !== null)).toBeTrue()
      expect(new Set(told.flatMap((one) => [...pairsIn(one!.rooms)].map(String)))).toEqual(
        new Set([...pairsIn(rooms)].map(String)),
      )
      expect(told.map((one) => one!.isFirst)).toEqual(told.map((_, index) => index === 0))
      expect(told.map((one) => one!.isLast)).toEqual(told.map((_, index) => index === told.length - 1))
    }),
  )
})
