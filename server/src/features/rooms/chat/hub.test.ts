import { describe, expect, test } from 'bun:test'
import type { Message } from '../domain/message.ts'
import { createHub, type Listener } from './hub.ts'

/** A hub over rooms in memory, which counts how it is read. */
function aHub({ pageSize = 3 } = {}) {
  const stored = new Map<string, Message[]>()
  const reads: { room: string; after: number }[][] = []
  let fails = 0
  let hangs = false
  const failures: unknown[] = []
  const hub = createHub({
    async readAfter(places) {
      reads.push([...places])
      await Bun.sleep(0)
      if (fails-- > 0) throw new Error('away')
      if (hangs) {
        hangs = false
        return await new Promise<never>(() => undefined)
      }
      return places.map(({ room, after }) => (stored.get(room) ?? []).slice(after, after + pageSize))
    },
    readLast: async (rooms) =>
      rooms.flatMap((room) => (stored.has(room) ? [{ room, lastNumber: stored.get(room)!.length }] : [])),
    textOf: (room, messages) => `${room}: ${messages.map(({ number }) => number).join(' ')}`,
    onFailure: (error) => void failures.push(error),
    retryMs: 1,
    timeoutMs: 30,
  })
  function write(room: string, count: number, text = 'x'): Message[] {
    const all = stored.get(room) ?? []
    stored.set(room, all)
    const first = all.length + 1
    const news = Array.from({ length: count }, (_, index): Message => {
      const number = first + index
      return { room, userId: 'u', clientId: String(number), text, number, sentAt: '' }
    })
    all.push(...news)
    return news
  }
  function listen(room: string, position: number) {
    const given: string[] = []
    const listener: Listener & { isBusy: boolean } = {
      position,
      isBusy: false,
      isFree: () => !listener.isBusy,
      onMessages: (text) => void given.push(text.slice(room.length + 2)),
    }
    const stop = hub.listen(room, listener)
    hub.look(room)
    const numbers = () => given.join(' ').split(' ').filter(Boolean).map(Number)
    return Object.assign(listener, { given, numbers, stop })
  }
  const failNext = (times: number) => (fails = times)
  const hangNext = () => (hangs = true)
  return { hub, write, listen, reads, failures, failNext, hangNext }
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

async function settle(): Promise<void> {
  await Bun.sleep(20)
}

describe('those who listen to a room', () => {
  test('are given everything after their place, in order and once, though it is told of many times', async () => {
    const { hub, write, listen } = aHub()
    write('r', 10)
    const [early, late] = [listen('r', 0), listen('r', 8)]
    hub.heard('r', 10)
    await settle()
    const news = write('r', 5)
    hub.heard('r', 15)
    hub.committed('r', news)
    hub.heard('r', 12)
    await settle()

    expect(early.numbers()).toEqual(upTo(15))
    expect(late.numbers()).toEqual(upTo(15, 9))
  })

  test('are read for once where they stand at one place, and not at all for what this process wrote', async () => {
    const { hub, write, listen, reads } = aHub()
    const all = upTo(5).map(() => listen('r', 0))
    hub.committed('r', write('r', 2))
    expect(reads).toEqual([])
    write('r', 1)
    hub.heard('r', 3)
    await settle()

    expect(reads).toEqual([[{ room: 'r', after: 2 }]])
    expect(all.map((one) => one.numbers())).toEqual(all.map(() => [1, 2, 3]))
  })

  test('are not given what comes before what they have not seen yet', async () => {
    const { hub, write, listen } = aHub()
    const one = listen('r', 0)
    write('r', 2)
    hub.committed('r', write('r', 2))
    await settle()

    expect(one.numbers()).toEqual([1, 2, 3, 4])
  })

  test('are given nothing before it is known where they begin', async () => {
    const { hub, write, listen } = aHub()
    const one = listen('r', Number.POSITIVE_INFINITY)
    hub.committed('r', write('r', 4))
    await settle()
    expect(one.numbers()).toEqual([])
    one.position = 2
    hub.look('r')
    await settle()

    expect(one.numbers()).toEqual([3, 4])
  })

  test('hear of what nobody told them, once it is asked for', async () => {
    const { hub, write, listen } = aHub()
    const [one, other] = [listen('r', 0), listen('empty', 0)]
    write('r', 4)
    await settle()
    expect(one.numbers()).toEqual([])
    await hub.checkAll()
    await settle()

    expect(one.numbers()).toEqual(upTo(4))
    expect(other.numbers()).toEqual([])
  })

  test('hear nothing of other rooms, nor after they have stopped', async () => {
    const { hub, write, listen, reads } = aHub()
    const one = listen('r', 0)
    hub.committed('other', write('other', 1))
    one.stop()
    hub.committed('r', write('r', 1))
    hub.heard('r', 2)
    await hub.checkAll()
    await settle()

    expect([one.numbers(), reads]).toEqual([[], []])
  })
})

describe('one who takes nothing', () => {
  test('is given nothing more and holds up nobody, and catches up when free', async () => {
    const { hub, write, listen } = aHub()
    const [slow, quick] = [listen('r', 0), listen('r', 0)]
    hub.committed('r', write('r', 2))
    slow.isBusy = true
    for (let round = 0; round < 10; round++) hub.committed('r', write('r', 2))
    await settle()
    expect(slow.numbers()).toEqual([1, 2])
    expect(quick.numbers()).toEqual(upTo(22))
    slow.isBusy = false
    hub.look('r')
    await settle()

    expect(slow.numbers()).toEqual(upTo(22))
  })

  test('in the middle of a page gets the rest of it later', async () => {
    const { hub, write, listen } = aHub({ pageSize: 50 })
    write('r', 20, 'x'.repeat(4000))
    const one = listen('r', 0)
    one.onMessages = (text) => {
      one.given.push(text.slice(3))
      one.isBusy = true
    }
    hub.heard('r', 20)
    await settle()
    expect(one.given).toHaveLength(1)
    while (one.isBusy) {
      one.isBusy = false
      hub.look('r')
      await settle()
    }

    expect(one.given.length).toBeGreaterThan(2)
    expect(one.numbers()).toEqual(upTo(20))
  })
})

test('a failure is told and tried again until it is overcome', async () => {
  const { hub, write, listen, failures, failNext } = aHub()
  failNext(3)
  const one = listen('r', 0)
  write('r', 5)
  hub.heard('r', 5)
  await Bun.sleep(100)

  expect(failures).toHaveLength(3)
  expect(one.numbers()).toEqual(upTo(5))
})

test('a read that never ends is given up and begun again', async () => {
  const { hub, write, listen, failures, hangNext } = aHub()
  hangNext()
  const one = listen('r', 0)
  write('r', 2)
  hub.heard('r', 2)
  await Bun.sleep(100)

  expect(failures).toHaveLength(1)
  expect(one.numbers()).toEqual([1, 2])
})

test('what was told of and is not there is asked for once', async () => {
  const { hub, write, listen, reads } = aHub()
  const one = listen('r', 0)
  write('r', 2)
  hub.heard('r', 9)
  await settle()
  hub.look('r')
  await settle()

  expect(one.numbers()).toEqual([1, 2])
  expect(reads).toHaveLength(2)
})

test('a room with a long history does not hold up the others', async () => {
  const { hub, write, listen, reads } = aHub()
  write('long', 300)
  const rooms = upTo(60).map((number) => `room-${number}`)
  const long = listen('long', 0)
  hub.heard('long', 300)
  const others = rooms.map((room) => listen(room, 0))
  for (const room of rooms) hub.heard(room, write(room, 1).length)
  while (long.numbers().length < 300) await Bun.sleep(1)

  const lastOfOthers = reads.findLastIndex((places) => places.some(({ room }) => room !== 'long'))
  expect([lastOfOthers < 5, reads.length >= 100]).toEqual([true, true])
  expect(Math.max(...reads.map((places) => places.length))).toBeLessThanOrEqual(32)
  expect(others.map((other) => other.numbers())).toEqual(others.map(() => [1]))
  expect(long.numbers()).toEqual(upTo(300))
})
