import { describe, expect, test } from 'bun:test'
import type { PastChange } from '../ranker.ts'
import { replayHistory, type Replayed } from '../replay-history.ts'
import { rankerOf, rivalNames, rulesOf, type Rule } from '../rules.ts'
import type { HistoryRow } from './messages.ts'
import type { Replayer } from './replayer.ts'
import { shareOut, withReplayers } from './share-out.ts'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2020, 0, 1)

/** A year of 600 changes by eleven people. */
const history = Array.from({ length: 600 }, (_, index): PastChange => {
  const landedMs = START_MS + index * 15 * HOUR_MS
  return {
    id: `pr-${index}`,
    authorId: `u${index % 11}`,
    reviewerIds: [`u${(index * 7 + 3) % 11}`, `u${(index * 5 + 1) % 11}`].filter((id) => id !== `u${index % 11}`),
    files: [`src/${index % 4}/${index % 37}.ts`, `docs/${index % 5}.md`],
    renames: [],
    deleted: [],
    openedMs: landedMs - (index % 50) * HOUR_MS,
    landedMs,
  }
})

const rules = rulesOf([0, 1], rivalNames)

function replayOn(threads: number, parts: readonly string[] = [JSON.stringify(history)]): Promise<Replayed[]> {
  return withReplayers(threads, (replayers) => {
    for (const replayer of replayers) for (const part of parts) replayer.load(part)
    return shareOut(replayers, rules, (replayer, rule) => replayer.replay(rule, () => undefined))
  })
}

/** But for the time it took. */
function figuresOf({ changes, measures, reality }: Replayed) {
  return { changes, reality, measures: measures.map(({ msPerDecision: _, ...rest }) => rest) }
}

describe('threads', () => {
  test('replay each rule as this thread would, however many they are', async () => {
    const here = rules.map((rule) => figuresOf(replayHistory(history, [rankerOf(rule)])))
    const [one, three] = await Promise.all([replayOn(1), replayOn(3)])

    expect(here[0]!.changes).toBeGreaterThan(200)
    expect(one.map(figuresOf)).toEqual(here)
    expect(three.map(figuresOf)).toEqual(here)
  })

  test('take a history in parts, and another in its place', async () => {
    const parts = [history.slice(0, 250), history.slice(250)].map((part) => JSON.stringify(part))
    const [replayed] = await withReplayers(1, ([replayer]) => {
      replayer!.load(JSON.stringify(history.slice(0, 100)))
      replayer!.forget()
      for (const part of parts) replayer!.load(part)
      return shareOut([replayer!], rules.slice(0, 1), replayFirst)
    })

    expect(figuresOf(replayed!)).toEqual(figuresOf(replayHistory(history, [rankerOf(rules[0]!)])))
  })

  test('tell files of the same name in several repositories apart', async () => {
    const rows = history.map((change, index): HistoryRow => ({ ...change, repository: index % 2 === 0 ? 'a' : 'b' }))
    const [replayed] = await withReplayers(1, ([replayer]) => {
      replayer!.load(JSON.stringify(rows))
      return shareOut([replayer!], rules.slice(0, 1), replayFirst)
    })
    const within = (path: string, index: number) => `${index % 2 === 0 ? 'a' : 'b'}/${path}`
    const told = history.map((change, index) => ({ ...change, files: change.files.map((path) => within(path, index)) }))

    expect(figuresOf(replayed!)).toEqual(figuresOf(replayHistory(told, [rankerOf(rules[0]!)])))
  })

  test('say how far they are', async () => {
    const shares: number[] = []
    await withReplayers(1, (replayers) => {
      replayers[0]!.load(JSON.stringify(history))
      return shareOut(replayers, rules.slice(0, 1), (replayer, rule) =>
        replayer.replay(rule, (share) => void shares.push(share)),
      )
    })

    expect(shares).toHaveLength(100)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    expect(shares.at(-1)).toBe(1)
  })
})

describe('a thread that fails', () => {
  test('says why, and ends all', async () => {
    expect(replayOn(2, [JSON.stringify(history), '{"not": "a list"'])).rejects.toThrow(/JSON/)
  })

  test('that is stopped in the middle of a replay says so', async () => {
    const replayed = withReplayers(1, (replayers) => {
      replayers[0]!.load(JSON.stringify(history))
      return shareOut(replayers, rules, (replayer, rule) => replayer.replay(rule, () => void replayer.close()))
    })

    expect(replayed).rejects.toThrow('It was stopped.')
  })
})

function replayFirst(replayer: Replayer, rule: Rule): Promise<Replayed> {
  return replayer.replay(rule, () => undefined)
}
