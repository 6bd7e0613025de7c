import { afterAll, beforeEach, expect, test } from 'bun:test'
import fc from 'fast-check'
import { AnswerCache } from '../../infra/cache/answer-cache.ts'
import { compareIds } from '../../shared/ids.ts'
import { connectTo, freshDatabase } from '../../testing/database.ts'
import type { PastChange } from './domain/past-change.ts'
import { createHistory, HISTORY } from './history.ts'
import { importHistory } from './import-history.ts'
import {
  insertPastChanges,
  listPastChanges,
  listPastChangesImportedSince,
  type ImportedChange,
} from './queries/past-changes.ts'

const database = await freshDatabase()
const db = connectTo(database, { poolSize: 2, statementTimeoutMs: 10_000 })
afterAll(() => db.close())
beforeEach(() => database.sql('TRUNCATE past_change'))

const EPOCH = '1970-01-01T00:00:00Z'

function aChange(changeId: string, more: Partial<PastChange> = {}): PastChange {
  const people = { authorId: 'ada', reviewerIds: ['bob', 'c"l,e{o}'] }
  const times = { landedAt: Date.UTC(2024, 0, 2, 3, 4, 5, 678), writtenAt: Date.UTC(2024, 0, 1) }
  const paths = { files: ['a.ts', '\\ "ü'], renames: [['x', 'y']] as const, deleted: ['z'] }
  return { repository: 'engine', changeId, ...people, ...times, ...paths, lines: 7, ...more }
}

async function* linesOf(texts: readonly string[]) {
  for (const [index, text] of texts.entries()) yield { number: index + 1, text, bytes: text.length }
}

function asLine(pr: string): string {
  return JSON.stringify({ pr, at: '2024-01-01T00:00:00Z', author: 'ada', reviewers: [], files: [] })
}

test('what was written is read as it was, to the millisecond', async () => {
  const changes = [aChange('1'), aChange('2', { reviewerIds: [], files: [], renames: [], deleted: [], lines: 0 })]
  await db.run(insertPastChanges(1, changes))

  expect(await listPastChanges(db, 1, { after: null, since: EPOCH, limit: 10 })).toEqual(changes)
  expect(await listPastChanges(db, 2, { after: null, since: EPOCH, limit: 10 })).toEqual([])
})

test('page after page gives every change of a stretch of time once, in the order of landing', async () => {
  const place = fc.record({
    repository: fc.constantFrom('', 'a', 'b'),
    changeId: fc.constantFrom('1', '2', '10', 'é'),
    landedAt: fc.constantFrom(1000, 1001, 2000, 86_400_000),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(place, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), async (places, limit) => {
      await database.sql('TRUNCATE past_change')
      const changes = places.map((one) => aChange(one.changeId, one))
      await db.run(insertPastChanges(1, changes))
      const stretch = { since: '1970-01-01T00:00:01.001Z', until: '1970-01-02T00:00:00Z', limit }

      const read: PastChange[] = []
      for (;;) {
        const page = await listPastChanges(db, 1, { ...stretch, after: read.at(-1) ?? null })
        if (page.length === 0) break
        read.push(...page)
      }

      const kept = [...new Map(changes.toReversed().map((one) => [`${one.repository} ${one.changeId}`, one])).values()]
      const expected = kept
        .filter(({ landedAt }) => landedAt >= 1001 && landedAt < 86_400_000)
        .toSorted(
          (a, b) =>
            a.landedAt - b.landedAt || compareIds(a.repository, b.repository) || compareIds(a.changeId, b.changeId),
        )
      expect(read).toEqual(expected)
    }),
    { numRuns: 40 },
  )
})

test('whoever follows imports gets those that came since, and all of them', async () => {
  await db.run(
    insertPastChanges(
      1,
      ['1', '2', '3'].map((id) => aChange(id, { landedAt: 1000 - Number(id) })),
    ),
  )
  const first = await listPastChangesImportedSince(db, 1, { after: null, since: EPOCH, limit: 2 })
  await db.run(insertPastChanges(1, [aChange('4', { landedAt: 0 }), aChange('1')]))

  const read: ImportedChange[] = [...first]
  for (;;) {
    const page = await listPastChangesImportedSince(db, 1, { after: read.at(-1)!, since: EPOCH, limit: 2 })
    if (page.length === 0) break
    read.push(...page)
  }
  expect(read.map(({ changeId }) => changeId)).toEqual(['1', '2', '3', '4'])
  const since = { after: null, since: read[3]!.importedAt, limit: 10 }
  expect((await listPastChangesImportedSince(db, 1, since)).map(({ changeId }) => changeId)).toEqual(['4'])
})

test('an import that brought something new is announced, here and to other processes, also one that broke off', async () => {
  const published: (readonly string[] | null)[] = []
  const answers = new AnswerCache({
    maxBytes: 0,
    maxAgeMs: 1,
    isCurrent: () => false,
    publish: (keys) => published.push(keys),
  })
  const history = createHistory({ db, workspaceId: 1, answers })
  let heard = 0
  history.onImported(() => heard++)
  const run = (...texts: string[]) =>
    importHistory(history, { actor: { kind: 'local' }, input: { repository: '', lines: linesOf(texts) } }).ended

  await run(asLine('1'), asLine('2'))
  expect([heard, published]).toEqual([1, [[HISTORY]]])
  expect(await run(asLine('1'), asLine('2'))).toEqual({ read: 2, imported: 0, known: 2 })
  expect([heard, published]).toEqual([1, [[HISTORY]]])
  const message = await run(asLine('3'), 'no JSON').catch((error: Error) => error.message)
  expect(message).toStartWith('line 2: is not JSON.')
  expect([heard, published]).toEqual([2, [[HISTORY], [HISTORY]]])
})
