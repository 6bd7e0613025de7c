import { afterAll, describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from '../testing/database.ts'
import { hasGit, runGit, type Author } from '../testing/git.ts'
import { startServer } from '../testing/server.ts'
import { importGit } from './import-git.ts'
import { recordCommand } from './terminal/record-command.ts'

const ADA: Author = { name: 'Ada', mail: 'Ada@Example.org' }
const OLD_BOB: Author = { name: 'bob', mail: 'bob@old.example' }
const BOT: Author = { name: 'dependabot[bot]', mail: 'bot@example.org' }
const DAY_S = 86_400
const START_S = Date.UTC(2024, 0, 1) / 1000

const folder = await mkdtemp(join(tmpdir(), 'tandem-git-'))
afterAll(() => rm(folder, { recursive: true }))
const clone = join(folder, 'engine')

let day = 0
async function commit(author: Author, message: string, files: Record<string, string | null>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    if (text === null) await unlink(join(clone, name))
    else await Bun.write(join(clone, name), text)
  }
  const atS = START_S + DAY_S * day++
  await runGit(clone, ['add', '--all'], author, atS)
  await runGit(clone, ['commit', '--quiet', '--message', message], author, atS)
}

/** Six changes on main, one of them on a branch that was merged, and two commits that count for nothing. */
async function makeClone(): Promise<void> {
  await mkdir(clone)
  await runGit(clone, ['init', '--quiet', '--initial-branch=main'], ADA, START_S)
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('')
  const mailmap = 'Bob <bob@example.org> <bob@old.example>\n'
  await commit(ADA, 'Begin (#1)', { 'src/a.ts': lines, 'tab\there ü.txt': 'x\n', '.mailmap': mailmap })
  await commit(OLD_BOB, 'Move\n\nPR-URL: https://github.com/x/engine/pull/2\nReviewed-By: Ada <ada@example.org>', {
    'src/a.ts': null,
    'src/b.ts': lines,
  })
  await commit(BOT, 'Bump (#3)\n\nReviewed-by: Ada <ada@example.org>', { 'package.json': '{}\n' })
  await runGit(clone, ['switch', '--quiet', '--create', 'side'], ADA, START_S)
  await commit(ADA, 'On the side (#4)\n\nReviewers: bob <bob@old.example>, Cleo', { 'side.ts': 'side\n' })
  await runGit(clone, ['switch', '--quiet', 'main'], ADA, START_S)
  await commit(ADA, 'Delete', { 'tab\there ü.txt': null })
  await runGit(clone, ['merge', '--quiet', '--no-ff', '--message', 'Merge side', 'side'], ADA, START_S + DAY_S * day++)
  await commit(ADA, 'Two (#5)', { 'two.ts': '1\n' })
  await commit(ADA, 'Two again (#5)\n\nAcked-by: Dan <dan@example.org>', { 'two.ts': '2\n' })
}

async function run(...args: readonly string[]) {
  const recorded = await recordCommand(importGit, [clone, ...args])
  return { ...recorded, report: recorded.printed.startsWith('{') ? JSON.parse(recorded.printed) : null }
}

async function written(...args: readonly string[]): Promise<any[]> {
  const file = join(folder, 'out.jsonl')
  const { exitCode, complaints } = await run('--output', file, ...args)
  expect([exitCode, complaints]).toEqual([0, ''])
  return (await Bun.file(file).text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

if (hasGit) await makeClone()

describe.if(hasGit)('a git clone', () => {
  test('is imported, and again without a change', async () => {
    const database = await freshDatabase()
    const { url, get } = startServer(database)
    const counts = { repository: 'engine', commits: 7, by_bots: 1, changes: 5, with_reviewers: 2, people: 3 }

    expect((await run('--url', url, '--json')).report).toMatchObject({ ...counts, imported: 5, known: 0 })
    expect((await run('--url', url, '--json')).report).toMatchObject({ ...counts, imported: 0, known: 5 })
    expect((await get('/history/status', { repository: 'engine' })).body).toMatchObject({
      changes: 5,
      first_landed_at: '2024-01-01T00:00:00.000000Z',
    })
    const rows = await database.sql(
      `SELECT author_id, reviewer_ids, files, renames, lines FROM past_change WHERE change_id = '2'`,
    )
    expect(rows).toEqual([
      {
        author_id: 'bob@example.org',
        reviewer_ids: ['ada@example.org'],
        files: ['src/a.ts', 'src/b.ts'],
        renames: [['src/a.ts', 'src/b.ts']],
        lines: 0,
      },
    ])
  })

  test('is written to a file: people by the mailmap, strange names as they are, a pull request as one change', async () => {
    const lines = await written()

    expect(lines.map(({ pr, author, reviewers }) => [pr, author, reviewers])).toEqual([
      ['1', 'ada@example.org', []],
      ['2', 'bob@example.org', ['ada@example.org']],
      ['4', 'ada@example.org', ['bob@example.org', 'cleo']],
      [expect.stringMatching(/^[0-9a-f]{40}$/), 'ada@example.org', []],
      ['5', 'ada@example.org', []],
    ])
    expect(lines[0].files).toEqual(['.mailmap', 'src/a.ts', 'tab\there ü.txt'])
    expect(lines[0].additions).toBe(32)
    expect(lines[3]).toMatchObject({ files: ['tab\there ü.txt'], deleted: ['tab\there ü.txt'], deletions: 1 })
    expect(lines[4]).toMatchObject({ files: ['two.ts'], additions: 2, deletions: 1, at: '2024-01-08T00:00:00.000Z' })
  })

  test('is written packed where the name of the file ends in .gz', async () => {
    const file = join(folder, 'out.jsonl.gz')
    await run('--output', file)

    const text = new TextDecoder().decode(Bun.gunzipSync(await Bun.file(file).bytes()))
    expect(text.trimEnd().split('\n')).toHaveLength(5)
  })

  test('is read from a branch, since a day, with other trailers and other user ids', async () => {
    expect((await written('--branch', 'side')).map(({ pr }) => pr)).toEqual(['1', '2', '4'])
    expect((await written('--since', '2024-01-05T12:00:00Z')).map(({ pr }) => pr)).toEqual(['5'])
    expect((await written('--trailer', 'Acked-by')).at(-1).reviewers).toEqual(['dan@example.org'])

    const [json, csv] = [join(folder, 'users.json'), join(folder, 'users.csv')]
    await Bun.write(json, '{"ADA@example.org": "u1", "cleo": "u3"}')
    await Bun.write(csv, 'ada@example.org,u1\ncleo, u3\n')
    for (const users of [json, csv]) {
      const [, , third] = await written('--users', users)
      expect([third.author, third.reviewers]).toEqual(['u1', ['bob@example.org', 'u3']])
    }
  })

  test('is only counted with --dry-run, for people to read', async () => {
    const { exitCode, printed, progress } = await run('--dry-run')

    expect(exitCode).toBe(0)
    expect(printed).toContain('The history of engine to nowhere: only counted')
    expect(printed).toMatch(/changes +5\n/)
    expect(progress).toContain('100 % (7 of 7)')
  })

  test('what is wrong is told: no clone, no such branch, no folder, no trailer, no server, bad users', async () => {
    const bad = join(folder, 'bad.csv')
    await Bun.write(bad, 'ada@example.org\n')
    const cases: [string[], number, string][] = [
      [['--branch', 'none', '--dry-run'], 1, 'There is no commit at "none"'],
      [['--branch=--all', '--dry-run'], 1, 'There is no commit at "--all"'],
      [['--trailer', 'a b'], 2, '--trailer must be words'],
      [['--url', 'http://127.0.0.1:1'], 1, 'Start Tandem first'],
      [['--users', bad, '--dry-run'], 1, 'bad.csv, line 1: must be a mail or name, a comma and a user id'],
      [['--users', `${bad}.not`, '--dry-run'], 1, 'There is no file'],
      [['again'], 2, 'Name one folder'],
    ]
    for (const [args, code, message] of cases) {
      const { exitCode, complaints } = await run(...args)
      expect([args, exitCode, complaints]).toEqual([args, code, expect.stringContaining(message)])
    }
    const { exitCode, complaints } = await recordCommand(importGit, [folder, '--dry-run'])
    expect([exitCode, complaints]).toEqual([1, expect.stringContaining('not a git repository')])
  })

  test('a refusal by Tandem is told', async () => {
    const { url } = startServer(await freshDatabase())
    const { exitCode, complaints } = await run('--url', url, '--repository', 'x'.repeat(256))

    expect(exitCode).toBe(1)
    expect(complaints).toContain('repository: must have at most 255 characters.')
  })
})
