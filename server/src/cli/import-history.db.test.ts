import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from '../testing/database.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'
import { asJsonLines, syntheticHistory } from './history/synthetic-history.ts'
import { importHistory } from './import-history.ts'
import { recordCommand } from './terminal/record-command.ts'

const folder = await mkdtemp(join(tmpdir(), 'tandem-import-'))
afterAll(() => rm(folder, { recursive: true }))
const file = join(folder, 'project.jsonl.gz')
await Bun.write(file, Bun.gzipSync(asJsonLines(syntheticHistory(320))))

async function importInto(url: string, ...options: readonly string[]) {
  const { exitCode, printed, complaints } = await recordCommand(importHistory, [file, '--url', url, ...options])
  return { exitCode, complaints, printed, report: printed.startsWith('{') ? JSON.parse(printed) : null }
}

test('a history is replayed, and a second import finds everything there and says the same', async () => {
  const database = await freshDatabase()
  const { url, get } = startServer(database)

  const { exitCode, report: first } = await importInto(url, '--limit', '300', '--json')
  expect(exitCode).toBe(0)
  expect(first).toMatchObject({
    prefix: 'project/',
    opened: { now: 300, before: 0 },
    pull_requests: 300,
    history: { reviews: 400, reviewers: 2, pull_requests_by_reviewers: { '0': 0, '1': 200, '2': 100, '3+': 0 } },
  })
  expect(first.history.busiest_share).toBe(0.75)
  expect(first.tandem.gini).toBeLessThan(first.history.gini)

  const stats = (await get('/stats/get', { limit: '200' })).body
  expect(stats).toMatchObject({ merged_pull_requests: 300, open_pull_requests: 0, assignments: first.tandem.reviews })
  expect(stats.by_user.filter((user: { assignments: number }) => user.assignments > 0)).toHaveLength(
    first.tandem.reviewers,
  )
  expect(stats.users).toBe(first.people)
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))

  const { report: second } = await importInto(url, '--limit', '300', '--json')
  expect(second).toMatchObject({ teams: { now: 0, before: first.teams.now }, opened: { now: 0, before: 300 } })
  expect(second.tandem).toEqual(first.tandem)
})

test('pull requests open and merge in the order of the history', async () => {
  const database = await freshDatabase()
  const { url } = startServer(database)
  await importInto(url)

  const rows = await database.sql<{ id: string; merged: boolean }>(
    `SELECT pull_request_id AS id, merged_at >= created_at AS merged FROM pull_request ORDER BY created_at`,
  )
  const opened = syntheticHistory(320).toSorted((a, b) => Date.parse(a.authored) - Date.parse(b.authored))
  const place = new Map(opened.map(({ pr }, index) => [`project/${pr}`, index]))
  const furthest = Math.max(...rows.map(({ id }, index) => Math.abs(index - place.get(id)!)))

  expect(rows.every(({ merged }) => merged)).toBeTrue()
  expect(furthest).toBeLessThan(40)
})

test('with --only-reviewers nobody reviews who never did', async () => {
  const { url } = startServer(await freshDatabase())

  const { printed } = await importInto(url, '--only-reviewers', '--prefix', 'again ')

  expect(printed).toContain('Everybody: the 2 people who reviewed in the history; the others only author.')
  expect(printed).toMatch(/people who review +2 +2\n/)
})

test('teams with other people than those of the history stop the import', async () => {
  const { url } = startServer(await freshDatabase())
  await importInto(url, '--limit', '20')

  const { exitCode, complaints } = await importInto(url)

  expect(exitCode).toBe(1)
  expect(complaints).toContain('Choose other names with --prefix')
  expect((await importInto(url, '--prefix', 'other/')).exitCode).toBe(0)
})

test('what is wrong is told: no file, a bad line, no server, too many names', async () => {
  const bad = join(folder, 'bad.jsonl')
  await Bun.write(bad, `${asJsonLines(syntheticHistory(3))}{}\n`)
  const complaintsOf = async (...args: string[]) => (await recordCommand(importHistory, args)).complaints

  expect(await complaintsOf(join(folder, 'none.jsonl'))).toContain('There is no file')
  expect(await complaintsOf(bad)).toMatch(/bad\.jsonl, line 4: pr /)
  expect(await complaintsOf(file, '--url', 'http://127.0.0.1:1')).toContain('npm start')
  expect(await complaintsOf()).toContain('Usage: npm run import')
  expect(await complaintsOf(file, file)).toContain('Name one file to import.')
  expect(await complaintsOf(file, '--prefix', 'p'.repeat(51))).toContain('--prefix must not be longer')
})
