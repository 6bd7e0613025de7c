import { expect, test } from 'bun:test'
import { aTeam } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'
import { demo } from './demo.ts'
import { recordCommand } from './terminal/record-command.ts'

const size = ['--teams', '3', '--users', '18', '--pull-requests', '25', '--seed', '4']

test('the demo fills an empty instance, and a second run finds everything there', async () => {
  const database = await freshDatabase()
  const { url, get } = startServer(database)

  const first = JSON.parse((await recordCommand(demo, [...size, '--url', url, '--json'])).printed)
  expect(first).toMatchObject({
    teams: { now: 3, before: 0 },
    users: { now: 18, before: 0 },
    opened: { now: 75, before: 0 },
    teams_left_alone: [],
  })
  const [made] = await database.sql(`SELECT count(*) FILTER (WHERE kind = 'reassign') AS reassigned,
    count(*) FILTER (WHERE kind = 'hand-over' AND assigned_ids <> '{}') AS handed_over FROM decision`)
  expect(made).toEqual({ reassigned: first.reassigned, handed_over: first.handed_over })
  expect(await database.sql('SELECT FROM deactivation')).toHaveLength(1)

  const stats = (await get('/stats/get')).body
  expect(stats.merged_pull_requests).toBe(first.merged.now)
  expect(stats.open_pull_requests).toBe(75 - first.merged.now)
  expect(stats.gini).toBe(first.gini)
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))

  const second = JSON.parse((await recordCommand(demo, [...size, '--url', url, '--json'])).printed)
  expect(second).toMatchObject({
    teams: { now: 0, before: 3 },
    users: { now: 0, before: 18 },
    opened: { now: 0, before: 75 },
    merged: { now: 0, before: first.merged.now },
    reassigned: 0,
    handed_over: 0,
    gini: first.gini,
  })
})

test('a team of the same name with other people is left alone', async () => {
  const server = startServer(await freshDatabase())
  await aTeam(server, { name: 'payments', members: ['ada', 'bob'] })

  const { exitCode, printed } = await recordCommand(demo, [...size, '--url', server.url])

  expect(exitCode).toBe(0)
  expect(printed).toContain('Left alone, because other people are in them: payments')
  expect((await server.get('/team/get', { team_name: 'payments' })).body.members).toHaveLength(2)
  expect(printed).not.toContain('payments-1')
  expect((await server.get('/pullRequest/list', { team_name: 'payments' })).body.pull_requests).toEqual([])
})

test('the summary is a table, and the calls it proposes work', async () => {
  const { url } = startServer(await freshDatabase())

  const { printed, progress } = await recordCommand(demo, size, { environment: { TANDEM_URL: url } })

  expect(printed).toMatch(/pull requests opened +75 +0\n/)
  expect(printed).toMatch(/within a team, on average +0\.\d{3} +\d+\.\d %\n/)
  expect(progress).toMatch(/Filling: 100 % \((\d+) of \1\)\n$/)
  const calls = [...printed.matchAll(/curl '(.+)'/g)].map(([, call]) => call!)
  expect(calls).toHaveLength(3)
  for (const call of calls) expect((await fetch(call)).status, call).toBe(200)
})

test('numbers that cannot be are refused', async () => {
  expect(await recordCommand(demo, ['--teams', '0'])).toMatchObject({ exitCode: 2 })
  expect((await recordCommand(demo, ['--users', '3'])).complaints).toContain('--users must not be less than --teams')
})
