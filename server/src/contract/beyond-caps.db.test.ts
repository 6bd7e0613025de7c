import { describe, expect, test } from 'bun:test'
import { aTeam, ids } from '../testing/builders.ts'
import type { Client } from '../testing/client.ts'
import { freshDatabase } from '../testing/database.ts'
import {
  bodyOf,
  exclusionsOf,
  inParallel,
  merge,
  open,
  replayed,
  setLimits,
  setPolicy,
  shown,
} from '../testing/deciding.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const servers = [
  startServer(database, { FILL_SEATS_EVERY_MS: '20' }),
  startServer(database, { FILL_SEATS_EVERY_MS: '20' }),
] as const
const [api] = servers

function serverOf(index: number): Client {
  return servers[index % 2]!
}

/** Open reviews by person, as the database has them. */
async function loads(team: string): Promise<Map<string, number>> {
  const rows = await database.sql<{ user_id: string; n: number }>(
    `SELECT m.user_id, (SELECT count(*) FROM pull_request p WHERE m.user_id = ANY (p.reviewer_ids) AND p.status = 'OPEN') AS n
     FROM member m WHERE team_name = $1`,
    [team],
  )
  return new Map(rows.map(({ user_id, n }) => [user_id, n]))
}

/** A team of an author and others, each with a cap. */
async function cappedTeam(name: string, caps: readonly (number | null)[], policy = 'least-loaded'): Promise<string> {
  const [author, ...others] = ids(`${name}-`, caps.length + 1)
  await aTeam(api, { name, members: [author!, ...others] })
  await setPolicy(api, name, { policy })
  for (const [index, max_open_reviews] of caps.entries()) await setLimits(api, others[index]!, { max_open_reviews })
  return author!
}

async function expectWithin(name: string, caps: readonly (number | null)[]): Promise<void> {
  const found = await loads(name)
  const others = ids(`${name}-`, caps.length + 1).slice(1)
  const over = others.filter((id, index) => caps[index] !== null && found.get(id)! > caps[index]!)
  expect([over, found]).toEqual([[], found])
}

describe.each(['least-loaded', 'random', 'round-robin', 'expertise'])('under %s', (policy) => {
  const caps = [0, 1, 2, 3, 5, 8, null]

  test('sixty creates at once on two processes leave nobody over a cap', async () => {
    const name = `sixty ${policy}`
    const author = await cappedTeam(name, caps, policy)

    await inParallel([...ids(`${name}-pr-`, 60).entries()], 60, ([index, id]) => open(serverOf(index), id, author))

    await expectWithin(name, caps)
    const total = [...(await loads(name)).values()].reduce((sum, n) => sum + n, 0)
    // The one without a cap has each of the 60; the others together have 19 places.
    expect(total).toBeLessThanOrEqual(79)
    expect(total).toBeGreaterThanOrEqual(60)
  })

  test('creates, reassignments, merges and the filling of seats at once leave nobody over a cap at any time', async () => {
    const name = `mixed ${policy}`
    const author = await cappedTeam(name, caps, policy)
    let isDone = false
    async function watch(): Promise<void> {
      while (!isDone) {
        await expectWithin(name, caps)
        await Bun.sleep(5)
      }
    }
    const load = inParallel([...ids(`${name}-pr-`, 60).entries()], 12, async ([index, pull_request_id]) => {
      const reviewers = await open(serverOf(index), pull_request_id, author)
      for (const old_user_id of reviewers) {
        const answer = await serverOf(index + 1).post('/pullRequest/reassign', { pull_request_id, old_user_id })
        expect([200, 409]).toContain(answer.status)
      }
      if (index % 3 > 0) await merge(serverOf(index), pull_request_id)
    }).finally(() => {
      isDone = true
    })

    await Promise.all([watch(), load])

    await expectWithin(name, caps)
  })
})

test('AT_CAP: whoever has as many as they may is passed over, and whyNot says what would change it', async () => {
  await aTeam(api, { name: 'full', members: ['full-z', 'full-a', 'full-b', 'full-c'] })
  await setLimits(api, 'full-a', { max_open_reviews: 1 })
  await api.post('/users/setIsActive', { user_id: 'full-b', is_active: false })
  await open(api, 'full-1', 'full-z')
  await api.post('/users/setIsActive', { user_id: 'full-b', is_active: true })

  expect((await open(api, 'full-2', 'full-z')).toSorted()).toEqual(['full-b', 'full-c'])

  expect(await exclusionsOf(api, 'full-2')).toMatchObject({ 'full-a': 'AT_CAP', 'full-b': null, 'full-c': null })
  const why = bodyOf(await api.get('/decision/whyNot', { pull_request_id: 'full-2', user_id: 'full-a' }))
  expect(why).toMatchObject({ reason: 'AT_CAP', rank: null, explanation: expect.stringContaining('full-a') })
  expect(why.flip.changes.length).toBeGreaterThan(0)
})

test('a cap of none is no reviews at all', async () => {
  await aTeam(api, { name: 'zero', members: ['zero-z', 'zero-a'] })
  await setLimits(api, 'zero-a', { max_open_reviews: 0 })

  expect(await open(api, 'zero', 'zero-z')).toEqual([])
  expect(await shown(api, 'zero')).toMatchObject({ missing_reviewers: 2, missing_reason: { code: 'AT_CAP' } })
})

test('nobody can take over whose cap is reached, and the reviewer stays', async () => {
  await aTeam(api, { name: 'over', members: ['over-z', 'over-a', 'over-b', 'over-c'] })
  await setLimits(api, 'over-c', { max_open_reviews: 0 })
  await open(api, 'over', 'over-z')

  const { status, body } = await api.post('/pullRequest/reassign', { pull_request_id: 'over', old_user_id: 'over-a' })

  expect([status, body.error.code]).toEqual([409, 'NO_CANDIDATE'])
  expect((await shown(api, 'over')).assigned_reviewers.toSorted()).toEqual(['over-a', 'over-b'])
})

test('a bulk hand-over gives nobody more than the cap, and leaves the rest open', async () => {
  const leaving = ids('bulk-gone-', 3)
  const caps = { 'bulk-a': 2, 'bulk-b': 3 }
  await aTeam(api, { name: 'bulk', members: ['bulk-z', ...leaving, ...Object.keys(caps)] })
  await setPolicy(api, 'bulk', { reviewers_wanted: 1 })
  for (const user_id of Object.keys(caps)) await setLimits(api, user_id, { max_open_reviews: 0 })
  await inParallel([...ids('bulk-pr-', 12).entries()], 6, ([index, id]) => open(serverOf(index), id, 'bulk-z'))
  for (const [user_id, max_open_reviews] of Object.entries(caps)) await setLimits(api, user_id, { max_open_reviews })

  const { deactivation } = bodyOf(await api.post('/team/deactivateMembers', { team_name: 'bulk', user_ids: leaving }))

  expect(deactivation.moves).toHaveLength(12)
  expect(Object.fromEntries(await loads('bulk'))).toMatchObject(caps)
  const open_ = await Promise.all(ids('bulk-pr-', 12).map((id) => shown(api, id)))
  expect(open_.filter(({ needMoreReviewers }) => needMoreReviewers)).toHaveLength(7)
})

test('a lower cap takes nothing away, and nothing more comes', async () => {
  await aTeam(api, { name: 'lower', members: ['lower-z', 'lower-a'] })
  for (const id of ids('lower-pr-', 3)) await open(api, id, 'lower-z')
  await setLimits(servers[1], 'lower-a', { max_open_reviews: 1 })

  await open(api, 'lower-last', 'lower-z')

  expect((await loads('lower')).get('lower-a')).toBe(3)
  expect(await shown(api, 'lower-last')).toMatchObject({ missing_reason: { code: 'AT_CAP' } })
  await setLimits(api, 'lower-a', { max_open_reviews: null })
})

test('after all of it no rule is broken, and every decision comes out the same again', async () => {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
  expect(await replayed(database)).toEqual({ replayed: expect.any(Number), differing: [] })
})
