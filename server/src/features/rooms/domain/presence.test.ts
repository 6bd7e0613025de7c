import { describe, expect, test } from 'bun:test'
import { createPresence } from './presence.ts'

function aPresence() {
  const told: string[] = []
  const presence = createPresence(
    (room, userId) => void told.push(`${room} ${userId} ${presence.isPresent(room, userId)}`),
  )
  return { presence, told }
}

describe('somebody is present', () => {
  test('from the first connection on until the last one is gone', () => {
    const { presence, told } = aPresence()
    const entered = [presence.enter('r', 'ada'), presence.enter('r', 'ada')]
    const left = [presence.leave('r', 'ada'), presence.leave('r', 'ada'), presence.leave('r', 'ada')]

    expect([entered, left]).toEqual([
      [true, false],
      [false, true, false],
    ])
    expect(told).toEqual(['r ada true', 'r ada false'])
    expect(presence.own()).toEqual(new Map())
  })

  test('as long as one process has them', () => {
    const { presence } = aPresence()
    presence.enter('r', 'ada')
    presence.hearCame('p1', 'r', 'ada')
    presence.hearCame('p2', 'r', 'bob')
    presence.leave('r', 'ada')
    expect(presence.list('r')).toEqual(['ada', 'bob'])
    presence.hearWent('p1', 'r', 'ada')

    expect(presence.list('r')).toEqual(['bob'])
    expect(presence.list('other')).toEqual([])
  })
})

test('a process that is gone takes away those whom it alone had', () => {
  const { presence, told } = aPresence()
  for (const userId of ['ada', 'bob']) presence.hearCame('p1', 'r', userId)
  presence.hearCame('p2', 'r', 'bob')
  told.length = 0
  presence.forget('p1')
  presence.forget('p1')

  expect(told).toEqual(['r ada false', 'r bob true'])
  expect(presence.list('r')).toEqual(['bob'])
})

test('what a process says of all replaces what it said before, and only what differs is told', () => {
  const { presence, told } = aPresence()
  for (const userId of ['ada', 'bob']) presence.hearCame('p1', 'r', userId)
  told.length = 0
  presence.hearAll('p1', new Map([['r', new Set(['bob', 'cleo'])]]))

  expect(told.toSorted()).toEqual(['r ada false', 'r cleo true'])
  expect(presence.list('r')).toEqual(['bob', 'cleo'])
})
