import { describe, expect, test } from 'bun:test'
import { AnswerCache, answerKey, type Answer, type AnswerCacheOptions, type Ask, type Edit } from './answer-cache.ts'
import { inserted } from './edit-json.ts'
import type { SharedAnswer, SharedAnswers } from './shared-answers.ts'

type Told = (readonly string[] | null)[]

/** A question whose loads end when the test says so. */
type Source = { ask: Ask; loads: readonly PromiseWithResolvers<string>[]; asked: () => number }

const KEY = answerKey('/team/get', 'team_name', 'a b')
const OTHER = answerKey('/team/get', 'team_name', 'c')
const AN_HOUR_MS = 3_600_000

function aCache(options: Partial<AnswerCacheOptions> = {}): { cache: AnswerCache; told: Told } {
  const told: Told = []
  const publish = (keys: readonly string[] | null) => void told.push(keys)
  const settings = { maxBytes: 1_000_000, maxAgeMs: AN_HOUR_MS, isCurrent: () => true, publish }
  return { cache: new AnswerCache({ ...settings, ...options }), told }
}

function aSource(): Source {
  const loads = Array.from({ length: 4 }, () => Promise.withResolvers<string>())
  let asked = 0
  return { loads, ask: () => loads[asked++]!.promise, asked: () => asked }
}

function textOf(answer: Answer | undefined): string | undefined {
  return answer && new TextDecoder().decode(answer.body)
}

async function keep(cache: AnswerCache, key: string, json: string): Promise<void> {
  await cache.load(key, () => Promise.resolve(json))
}

function append(key: string, text: string, at?: string): Edit {
  return {
    key,
    edit: (body) => inserted(body, text, body.length),
    bytes: text.length,
    ...(at === undefined ? {} : { at }),
  }
}

describe('a load', () => {
  test('is shared by all who ask meanwhile, and its answer is kept', async () => {
    const { cache } = aCache()
    const { ask, loads, asked } = aSource()
    const waiting = [cache.load(KEY, ask), cache.load(KEY, ask), cache.load(KEY, ask)]
    loads[0]!.resolve('"é"')
    const answers = await Promise.all(waiting)
    const kept = await cache.load(KEY, ask)

    expect(asked()).toBe(1)
    expect(answers.map(textOf)).toEqual(['"é"', '"é"', '"é"'])
    expect(kept).toBe(answers[0]!)
    expect(cache.counts).toEqual({ hits: 1, misses: 3 })
  })

  test('that fails is the answer to those who waited, and the next one asks again', async () => {
    const { cache } = aCache()
    const { ask, loads } = aSource()
    const asked = [cache.load(KEY, ask), cache.load(KEY, ask)]
    loads[0]!.reject(new Error('No such team'))
    const outcomes = await Promise.allSettled(asked)
    const again = cache.load(KEY, ask)
    loads[1]!.resolve('1')

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(textOf(await again)).toBe('1')
  })

  test.each<[string, (cache: AnswerCache) => void]>([
    ['dropped', (cache) => cache.changed([KEY], cache.mark())],
    ['edited', (cache) => cache.changed([append(KEY, '!')], cache.mark())],
    ['changed by another process', (cache) => cache.changedElsewhere([KEY])],
    ['changed by nobody knows whom', (cache) => cache.changedElsewhere(null)],
    ['changed by a write whose outcome is unknown', (cache) => cache.allChanged()],
  ])('begun before its answer was %s is not kept, and those who ask later do not join it', async (_, change) => {
    const { cache } = aCache()
    const { ask, loads, asked } = aSource()
    const before = cache.load(KEY, ask)
    change(cache)
    const after = cache.load(KEY, ask)
    await Bun.sleep(0)
    expect(asked()).toBe(2)
    loads[1]!.resolve('"new"')
    await after
    loads[0]!.resolve('"old"')

    expect(textOf(await before)).toBe('"old"')
    expect(textOf(await after)).toBe('"new"')
    expect(textOf(cache.get(KEY))).toBe('"new"')
  })

  test('begun before a change is not kept when nobody asks later, and its failure ends no later load', async () => {
    const { cache } = aCache()
    const { ask, loads, asked } = aSource()
    const old = cache.load(KEY, ask)
    cache.changed([KEY], cache.mark())
    const failing = cache.load(OTHER, ask)
    cache.changed([OTHER], cache.mark())
    const later = cache.load(OTHER, ask)
    loads[0]!.resolve('"old"')
    loads[1]!.reject(new Error('Too late'))
    await Promise.allSettled([old, failing])
    const joined = cache.load(OTHER, ask)
    loads[2]!.resolve('"new"')

    expect(cache.get(KEY)).toBeUndefined()
    expect(await joined).toBe(await later)
    expect(asked()).toBe(3)
  })
})

describe('what is kept', () => {
  test('is what was asked for last, within the bytes allowed', async () => {
    const { cache } = aCache({ maxBytes: 30_000 })
    const keys = Array.from({ length: 50 }, (_, index) => answerKey('/team/get', 'team_name', String(index)))
    for (const key of keys) {
      await keep(cache, key, '"0123456789"')
      cache.get(keys[0]!)
    }

    expect(cache.size.bytes).toBeLessThanOrEqual(30_000)
    expect(cache.size.answers).toBeGreaterThan(5)
    expect(cache.get(keys[0]!)).toBeDefined()
    expect(cache.get(keys[1]!)).toBeUndefined()
    expect(cache.get(keys.at(-1)!)).toBeDefined()
  })

  test('does not outgrow the bytes allowed by edits', async () => {
    const { cache } = aCache({ maxBytes: 30_000 })
    const keys = ['1', '2', '3', '4', '5', '6'].map((name) => answerKey('/team/get', 'team_name', name))
    for (const key of keys) await keep(cache, key, '')
    for (const key of keys) {
      for (let times = 0; times < 3; times++) {
        cache.changed([append(key, 'x'.repeat(2000))], cache.mark())
        cache.get(key)
      }
    }

    const lengths = keys.map((key) => textOf(cache.get(key))?.length ?? 0)
    expect(cache.size.bytes).toBeLessThanOrEqual(30_000)
    expect(lengths.reduce((sum, length) => sum + length)).toBeLessThanOrEqual(30_000)
  })

  test('is nothing where no memory is allowed, or an answer is larger than all of it', async () => {
    const [none, little] = [aCache({ maxBytes: 0 }).cache, aCache({ maxBytes: 4000 }).cache]
    const answers = [none.load(KEY, () => Promise.resolve('1')), little.load(KEY, async () => 'x'.repeat(3000))]

    expect((await Promise.all(answers)).map((answer) => answer.body.byteLength)).toEqual([1, 3000])
    expect([none.get(KEY), little.get(KEY)]).toEqual([undefined, undefined])
  })

  test('is forgotten at its maximal age, which neither reading nor editing puts off', async () => {
    const { cache } = aCache({ maxAgeMs: 300 })
    await keep(cache, KEY, '1')
    let edits = 0
    while (cache.get(KEY) !== undefined) {
      cache.changed([append(KEY, '!')], cache.mark())
      edits++
      await Bun.sleep(10)
    }

    expect(edits).toBeGreaterThan(0)
  })

  test('has a tag that stands for its bytes', async () => {
    const { cache } = aCache()
    const tags = []
    for (const json of ['1', '2', '1']) {
      cache.changed([KEY], cache.mark())
      tags.push((await cache.load(KEY, async () => json)).etag)
    }

    expect(tags[0]).toMatch(/^"[\w]+"$/)
    expect(tags[1]).not.toBe(tags[0]!)
    expect(tags[2]).toBe(tags[0])
  })
})

describe('a write', () => {
  test('edits an answer loaded before it was sent, with a tag of its own, and tells the keys', async () => {
    const { cache, told } = aCache()
    await Promise.all([keep(cache, KEY, 'a'), keep(cache, OTHER, 'c')])
    const { etag } = cache.get(KEY)!
    cache.changed([append(KEY, 'b'), OTHER], cache.mark())
    const edited = cache.get(KEY)!

    expect(textOf(edited)).toBe('ab')
    expect(edited.etag).not.toBe(etag)
    expect(cache.get(OTHER)).toBeUndefined()
    expect(told).toEqual([[KEY, OTHER]])
  })

  test('edits an answer as often as it is changed before it is asked for, and forgets one that nobody asks for', async () => {
    const { cache } = aCache()
    await Promise.all([keep(cache, KEY, ''), keep(cache, OTHER, '')])
    const [known, unknown] = [append(KEY, 'k'.repeat(500)), append(OTHER, 'o'.repeat(500))]
    for (let edit = 1; edit <= 4; edit++) cache.changed([known, unknown], cache.mark())
    expect(textOf(cache.get(KEY))).toBe('k'.repeat(2000))
    cache.changed([known, unknown], cache.mark())

    expect(textOf(cache.get(KEY))).toBe('k'.repeat(2500))
    expect(cache.get(OTHER)).toBeUndefined()
  })

  test('drops an answer that its edit can make nothing of', async () => {
    const { cache } = aCache()
    await keep(cache, KEY, 'a')
    cache.changed([{ key: KEY, edit: () => null, bytes: 0 }], cache.mark())

    expect(cache.get(KEY)).toBeUndefined()
  })

  test('drops an answer loaded while it was under way, which may hold the change already', async () => {
    const { cache } = aCache()
    const mark = cache.mark()
    await keep(cache, KEY, 'a')
    cache.changed([append(KEY, 'b')], mark)

    expect(cache.get(KEY)).toBeUndefined()
  })

  test('drops an answer whose load ended before it, but after it was sent, also once that was read', async () => {
    const { cache } = aCache()
    const { ask, loads } = aSource()
    const asked = cache.load(KEY, ask)
    const [sentBefore, sentLater] = [cache.mark(), cache.mark()]
    loads[0]!.resolve('a')
    await asked
    cache.get(KEY)
    const sentAfter = cache.mark()
    cache.changed([append(KEY, 'd')], sentAfter)
    expect(textOf(cache.get(KEY))).toBe('ad')
    cache.changed([append(KEY, 'c')], sentLater)

    expect(cache.get(KEY)).toBeUndefined()
    await keep(cache, KEY, 'e')
    cache.changed([append(KEY, 'b')], sentBefore)
    expect(cache.get(KEY)).toBeUndefined()
  })

  test.each([
    ['in the order of their times edit', '1', '2', 'a12'],
    ['out of the order of their times drop', '2', '1', undefined],
    ['of one time, whose order nobody knows, drop', '1', '1', undefined],
  ])('two edits %s', async (_, first, second, expected) => {
    const { cache } = aCache()
    await keep(cache, KEY, 'a')
    cache.changed([append(KEY, first, first)], cache.mark())
    expect(textOf(cache.get(KEY))).toBe(`a${first}`)
    cache.changed([append(KEY, second, second)], cache.mark())

    expect(textOf(cache.get(KEY))).toBe(expected)
  })

  test('leaves the order of times alone with an edit that has none', async () => {
    const { cache } = aCache()
    await keep(cache, KEY, 'a')
    for (const edit of [append(KEY, '2', '2'), append(KEY, '!'), append(KEY, '3', '3')]) {
      cache.changed([edit], cache.mark())
    }
    expect(textOf(cache.get(KEY))).toBe('a2!3')
    for (const edit of [append(KEY, '!'), append(KEY, '1', '1')]) cache.changed([edit], cache.mark())

    expect(cache.get(KEY)).toBeUndefined()
  })

  test('of unknown outcome drops everything and says so; what others tell is told to listeners, not back', async () => {
    const { cache, told } = aCache()
    const heard: Told = []
    cache.onChangedElsewhere((keys) => void heard.push(keys))
    await Promise.all([keep(cache, KEY, '1'), keep(cache, OTHER, '2')])
    cache.changedElsewhere([KEY])
    expect([cache.get(KEY), cache.get(OTHER)].map(textOf)).toEqual([undefined, '2'])
    cache.allChanged()
    cache.changedElsewhere(null)

    expect(cache.size.answers).toBe(0)
    expect(told).toEqual([null])
    expect(heard).toEqual([[KEY], null])
  })
})

test('while nobody knows what others change, every question goes to the database, and nothing is kept', async () => {
  let isCurrent = true
  const { cache } = aCache({ isCurrent: () => isCurrent })
  const { ask, loads } = aSource()
  await keep(cache, OTHER, '"kept"')
  isCurrent = false
  const asked = [cache.load(KEY, ask), cache.load(KEY, ask), cache.refresh(KEY, ask), cache.load(OTHER, ask)]
  loads.forEach(({ resolve }, index) => resolve(String(index)))

  expect((await Promise.all(asked)).map(textOf)).toEqual(['0', '1', '2', '3'])
  expect(cache.get(OTHER)).toBeUndefined()
  isCurrent = true
  expect(cache.get(KEY)).toBeUndefined()
  expect(textOf(cache.get(OTHER))).toBe('"kept"')
})

test('who insists on the database joins no load begun before, and those who ask later join theirs', async () => {
  const { cache } = aCache()
  const { ask, loads, asked } = aSource()
  const before = cache.load(KEY, ask)
  await Bun.sleep(0)
  const insisting = cache.refresh(KEY, ask)
  const after = cache.load(KEY, ask)
  loads[1]!.resolve('"new"')
  await insisting
  loads[0]!.resolve('"old"')

  expect(await after).toBe(await insisting)
  expect(asked()).toBe(2)
  expect(textOf(await before)).toBe('"old"')
  expect(textOf(await cache.refresh(KEY, async () => '"newer"'))).toBe('"newer"')
  expect(textOf(cache.get(KEY))).toBe('"newer"')
})

describe('answers that processes share', () => {
  function aLevel(found: Record<string, SharedAnswer> | null) {
    const stored: unknown[] = []
    const fetched: (readonly string[])[] = []
    const shared: SharedAnswers = {
      fetch: async (keys) => {
        fetched.push(keys)
        return found && new Map(Object.entries(found))
      },
      store: (answers) => void stored.push(...answers),
    }
    return { shared, stored, fetched }
  }

  test('are taken as they are, and are as old here as there', async () => {
    const { shared, stored } = aLevel({
      [KEY]: { body: '"found"', ageMs: 0 },
      [OTHER]: { body: '"old"', ageMs: AN_HOUR_MS },
    })
    const { cache } = aCache({ shared })
    const answers = [KEY, OTHER].map((key) => cache.load(key, () => Promise.reject(new Error('Asked all the same'))))

    expect((await Promise.all(answers)).map(textOf)).toEqual(['"found"', '"old"'])
    expect(textOf(cache.get(KEY))).toBe('"found"')
    expect(cache.get(OTHER)).toBeUndefined()
    expect(stored).toEqual([])
  })

  test('are looked for together, and stored with the ticket where there was none', async () => {
    const { shared, stored, fetched } = aLevel({ [KEY]: { ticket: 'k' }, [OTHER]: { ticket: 'o' } })
    const { cache } = aCache({ shared })
    await Promise.all([keep(cache, KEY, '1'), keep(cache, OTHER, '2')])

    expect(fetched).toEqual([[KEY, OTHER]])
    expect(stored).toEqual([
      { key: KEY, body: '1', ticket: 'k' },
      { key: OTHER, body: '2', ticket: 'o' },
    ])
  })

  test('are done without where they cannot be had, and by those who insist on the database', async () => {
    const [absent, present] = [aLevel(null), aLevel({ [KEY]: { body: '"shared"', ageMs: 0 } })]
    const without = aCache({ shared: absent.shared }).cache
    const insisting = aCache({ shared: present.shared }).cache
    await keep(without, KEY, '1')

    expect(textOf(without.get(KEY))).toBe('1')
    expect(textOf(await insisting.refresh(KEY, async () => '"fresh"'))).toBe('"fresh"')
    expect(present.fetched).toEqual([])
    expect([...absent.stored, ...present.stored]).toEqual([])
  })
})
