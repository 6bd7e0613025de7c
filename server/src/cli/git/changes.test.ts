import { expect, test } from 'bun:test'
import { changesOf, type HistoryLine, type Tally } from './changes.ts'
import type { Commit } from './commit-log.ts'
import { DEFAULT_TRAILERS, type Contact } from './message.ts'
import { createPeople } from './people.ts'

function aCommit(hash: string, more: Partial<Commit> = {}): Commit {
  const times = { writtenS: 1_700_000_000, landedS: 1_700_000_100 }
  const nothing = { files: [], renames: [], deleted: [], additions: 0, deletions: 0 }
  return { hash, name: 'Ada', mail: 'ada@x', message: `Fix ${hash}`, ...times, ...nothing, ...more }
}

function asTheyAre(contacts: readonly Contact[]): Promise<Contact[]> {
  return Promise.resolve([...contacts])
}

async function read(commits: Commit[], users: Record<string, string> = {}, mails: Record<string, string> = {}) {
  const tally: Tally = { commits: 0, byBots: 0, withoutDate: 0, changes: 0, withReviewers: 0 }
  const people = createPeople(new Map(Object.entries(users)), new Map(Object.entries(mails)))
  async function* source() {
    yield* commits
  }
  const lines: HistoryLine[] = []
  const reading = { people, trailers: DEFAULT_TRAILERS }
  for await (const line of changesOf(source(), asTheyAre, reading, tally)) lines.push(line)
  return { lines, tally }
}

test('commits of one pull request that follow each other are one change', async () => {
  const message = 'Part (#7)\n\nReviewed-by: Bob <bob@x>'
  const { lines, tally } = await read([
    aCommit('1', { message, files: ['a', 'b'], additions: 1, deletions: 2 }),
    aCommit('2', { message: 'Part (#7)\n\nReviewed-by: Cleo <C@x>', files: ['b', 'c'], landedS: 1_700_000_200 }),
  ])

  expect(lines).toEqual([
    {
      pr: '7',
      at: '2023-11-14T22:16:40.000Z',
      authored: '2023-11-14T22:13:20.000Z',
      author: 'ada@x',
      reviewers: ['bob@x', 'c@x'],
      files: ['a', 'b', 'c'],
      additions: 1,
      deletions: 2,
    },
  ])
  expect(tally).toMatchObject({ commits: 2, changes: 1, withReviewers: 1 })
})

test('what comes later under the same name, or from another author, is another change with a name of its own', async () => {
  const message = 'Part (#7)'
  const { lines } = await read([
    aCommit('1', { message }),
    aCommit('2'),
    aCommit('333333333333333', { message }),
    aCommit('4', { message, mail: 'bob@x' }),
  ])

  expect(lines.map(({ pr }) => pr)).toEqual(['7', '2', '7@333333333333', '7@4'])
})

test('programs neither write nor review, and nobody reviews their own change', async () => {
  const message =
    'Fix\n\nReviewed-by: Ada <ADA@x>\nReviewed-by: CI Bot <ci@x>\nReviewed-by: Bob <b@x>\nApproved-by: Bob <b@x>'
  const { lines, tally } = await read([aCommit('1', { message }), aCommit('2', { name: 'dependabot[bot]' })])

  expect(lines.map(({ reviewers }) => reviewers)).toEqual([['b@x']])
  expect(tally).toMatchObject({ commits: 2, byBots: 1, changes: 1 })
})

test('people have the ids of the users file, by mail before name; a name without mail is that author', async () => {
  const message = 'Fix\n\nReviewers: Bob, Cleo, Dan, Eve <eve@x>'
  const { lines } = await read(
    [aCommit('1', { message })],
    { 'ada@x': 'u1', 'bob@x': 'u2', eve: 'u5' },
    { bob: 'bob@x' },
  )

  expect([lines[0]!.author, lines[0]!.reviewers]).toEqual(['u1', ['u2', 'cleo', 'dan', 'u5']])
})

test('a sweep through everything is cut to what Tandem takes', async () => {
  const files = Array.from({ length: 5000 }, (_, index) => `${'x'.repeat(index === 0 ? 5000 : 10)}${index}`)
  const long = Array.from({ length: 3000 }, (_, index) => `${'\u0001'.repeat(1000)}${index}`)
  const { lines } = await read([aCommit('1', { files }), aCommit('2', { files: long, deleted: long })])

  expect(lines[0]!.files).toEqual(files.slice(1, 3001))
  expect(Buffer.byteLength(JSON.stringify(lines[1]))).toBeLessThan(2 ** 20)
  expect(lines[1]!.files.length).toBeGreaterThan(50)
})

test('commits at an impossible time are left out and counted', async () => {
  const { lines, tally } = await read([aCommit('1', { landedS: -5 }), aCommit('2', { writtenS: Number.NaN })])

  expect([lines, tally.withoutDate]).toEqual([[], 2])
})
