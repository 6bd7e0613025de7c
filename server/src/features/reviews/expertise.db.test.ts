import { afterAll, expect, test } from 'bun:test'
import { contextOf } from '../../app.ts'
import { createRoster } from '../../shared/roster.ts'
import { aPullRequest, aTeam } from '../../testing/builders.ts'
import { connectTo, freshDatabase } from '../../testing/database.ts'
import { startServer } from '../../testing/server.ts'
import { PeopleNumbers } from './domain/people-numbers.ts'
import type { ChangedFile } from './domain/pull-request.ts'
import { Expertise } from './expertise.ts'

const database = await freshDatabase()
const api = startServer(database)
const db = connectTo(database, { poolSize: 2, statementTimeoutMs: 10_000 })
const expertise = new Expertise({ ...contextOf(db), numbers: new PeopleNumbers() })
afterAll(async () => {
  await expertise.close()
  await db.close()
})

test('when the thread of the index breaks nobody knows anything for a moment, and then what they knew before', async () => {
  await aTeam(api, { name: 'payments', members: ['ada', 'bob', 'cleo'] })
  await api.post('/team/setPolicy', { team_name: 'payments', policy: 'expertise' })
  const files = [{ path: 'src/search/index.ts' }]
  await api.post('/pullRequest/create', { ...aPullRequest({ id: 'pr-1', author: 'ada' }), files })
  await api.post('/pullRequest/merge', { pull_request_id: 'pr-1' })
  await expertise.catchUp()
  expect(expertise.status).toMatchObject({ state: 'current', changes: 1 })

  const members = ['ada', 'bob', 'cleo'].map((userId) => ({ userId, isActive: true }))
  const roster = createRoster({ teamName: 'payments', version: 1, policy: 'expertise', members })
  const change = {
    roster,
    authorId: 'ada',
    details: { files: [['src/search/index.ts', null, null]] satisfies ChangedFile[] },
  }
  const [before] = await expertise.skillsFor([change])
  const [, broken] = await Promise.all([
    expertise.knowersOf(null as never).catch(() => null),
    expertise.skillsFor([change]),
  ])
  expect(broken).toEqual([null])
  expect(expertise.status).toEqual({ state: 'unneeded', changes: 0, places: 0, people: 0 })
  const failure = await expertise.catchUp().catch((error: unknown) => String(error))
  expect(failure).toContain('broke')
  await expertise.catchUp()
  const [after] = await expertise.skillsFor([change])

  expect(expertise.status).toMatchObject({ state: 'current', changes: 1 })
  expect(after!.factsAt(1, 0).path).toBeGreaterThan(0)
  expect(after!.factsAt(1, 0).path).toBe(before!.factsAt(1, 0).path)
})

test('what a thread was learning when it broke is learned once by the next', async () => {
  const another = new Expertise({ ...contextOf(db), numbers: new PeopleNumbers() })
  const reading = another.catchUp().catch(() => null)
  await another.knowersOf(null as never).catch(() => null)
  await reading
  for (let left = 5; another.status.state !== 'current' && left > 0; left--) await another.catchUp().catch(() => null)
  const { state, changes } = another.status
  await another.close()

  expect([state, changes]).toEqual(['current', 1])
})
