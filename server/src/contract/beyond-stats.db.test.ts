import { expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const api = startServer(await freshDatabase())

const nothing = { assignments: 0, open_reviews: 0, gini: 0, top_20_percent_share: 0 }

function setActive(user_id: string, is_active: boolean) {
  return api.post('/users/setIsActive', { user_id, is_active })
}

async function create(id: string, author: string) {
  return (await api.post('/pullRequest/create', aPullRequest({ id, author }))).body.pr
}

/** A team `name` with the author `<name>-z`, where each of the others is given as many reviews as said. */
async function carrying(name: string, loads: Readonly<Record<string, number>>): Promise<string[]> {
  const userIds = Object.keys(loads).map((letter) => `${name}-${letter}`)
  await aTeam(api, { name, members: [`${name}-z`, ...userIds.map((id) => ({ id, isActive: false }))] })
  const times: string[] = []
  for (const [letter, load] of Object.entries(loads)) {
    await setActive(`${name}-${letter}`, true)
    for (const id of ids(`${name}-${letter}`, load)) times.push((await create(id, `${name}-z`)).createdAt)
    await setActive(`${name}-${letter}`, false)
  }
  for (const userId of userIds) await setActive(userId, true)
  return times
}

function loadOf(name: string, letter: string, assignments: number, open_reviews = assignments) {
  return { user_id: `${name}-${letter}`, team_name: name, is_active: true, assignments, open_reviews }
}

test('without anything done all figures are zero', async () => {
  const empty = startServer(await freshDatabase())

  const { status, body } = await empty.get('/stats/get')

  expect(status).toBe(200)
  expect(body).toEqual({
    window: { from: null, to: null },
    ...nothing,
    open_pull_requests: 0,
    merged_pull_requests: 0,
    users: 0,
    by_user: [],
    by_team: [],
    by_pull_request: [],
  })
})

test('the figures of a team are those counted by hand', async () => {
  await carrying('hand', { a: 4, b: 2, c: 1, d: 1 })
  await api.post('/pullRequest/merge', { pull_request_id: 'hand-a1' })
  await api.post('/pullRequest/merge', { pull_request_id: 'hand-d1' })
  // Shares 0, 1, 1, 2, 4: the mean difference of the pairs is 36/25, half of it over the mean 8/5 is 0.45.
  const fairness = { gini: 0.45, top_20_percent_share: 0.5 }

  const { body } = await api.get('/stats/get', { team_name: 'hand' })

  expect(body).toEqual({
    window: { from: null, to: null },
    assignments: 8,
    open_reviews: 6,
    open_pull_requests: 6,
    merged_pull_requests: 2,
    users: 5,
    ...fairness,
    by_user: [
      loadOf('hand', 'a', 4, 3),
      loadOf('hand', 'b', 2),
      loadOf('hand', 'c', 1),
      loadOf('hand', 'd', 1, 0),
      loadOf('hand', 'z', 0),
    ],
    by_team: [
      {
        team_name: 'hand',
        members: 5,
        assignments: 8,
        open_reviews: 6,
        open_pull_requests: 6,
        merged_pull_requests: 2,
        ...fairness,
      },
    ],
    by_pull_request: ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1', 'd1'].map((id) => ({
      pull_request_id: `hand-${id}`,
      assignments: 1,
    })),
  })
})

test.each([
  ['equal', { a: 2, b: 2, c: 2, d: 2 }, ['z'], 0, 0.25],
  ['all with one', { a: 5, b: 0, c: 0, d: 0 }, [], 0.8, 1],
  ['six, of whom the fifth is two', { a: 3, b: 2, c: 2, d: 1, e: 2 }, [], 0.3, 0.5],
])('fairness is known where the load is %s', async (name, loads, away, gini, top_20_percent_share) => {
  await carrying(name, loads)
  for (const letter of away) await setActive(`${name}-${letter}`, false)

  const { body } = await api.get('/stats/get', { team_name: name })

  expect([body.gini, body.top_20_percent_share]).toEqual([gini, top_20_percent_share])
})

test('fairness is measured over the active, while counts are of everybody', async () => {
  await carrying('away', { a: 3, b: 1 })
  await setActive('away-a', false)
  await setActive('away-z', false)

  const { body } = await api.get('/stats/get', { team_name: 'away' })

  expect([body.assignments, body.users, body.gini, body.top_20_percent_share]).toEqual([4, 3, 0, 1])
})

test('the window begins with its first moment and ends before its last', async () => {
  const times = await carrying('window', { a: 3, b: 3 })
  const assignments = async (query: Record<string, string>) => {
    const { body } = await api.get('/stats/get', { team_name: 'window', ...query })
    expect(body.window).toEqual({ from: query['from'] ?? null, to: query['to'] ?? null })
    return [body.assignments, body.by_user.map((user: { assignments: number }) => user.assignments)]
  }

  expect(await assignments({ from: times[1]! })).toEqual([5, [3, 2, 0]])
  expect(await assignments({ to: times[4]! })).toEqual([4, [3, 1, 0]])
  expect(await assignments({ from: times[2]!, to: times[4]! })).toEqual([2, [1, 1, 0]])
  expect(await assignments({ from: times[3]!, to: times[3]! })).toEqual([0, [0, 0, 0]])
})

test('the window may be told in any time zone', async () => {
  const [, second] = await carrying('zone', { a: 3 })
  const anHourLater = new Date(Date.parse(second!) + 3_600_000).toISOString()
  const local = `${anHourLater.slice(0, 19)}${second!.slice(19, -1)}+01:00`

  const { body } = await api.get('/stats/get', { team_name: 'zone', from: local })

  expect(body.assignments).toBe(2)
})

test('open reviews are those of this moment, whatever the window', async () => {
  await carrying('moment', { a: 2 })

  const { body } = await api.get('/stats/get', { team_name: 'moment', to: '2000-01-01T00:00:00Z' })

  expect([body.assignments, body.open_reviews, body.open_pull_requests]).toEqual([0, 2, 2])
  expect(body.by_pull_request).toEqual([])
})

test('a reassignment is one more assignment of its pull request', async () => {
  await carrying('again', { a: 1, b: 0 })
  await api.post('/pullRequest/reassign', { pull_request_id: 'again-a1', old_user_id: 'again-a' })

  const { body } = await api.get('/stats/get', { team_name: 'again' })

  expect(body.by_pull_request).toEqual([{ pull_request_id: 'again-a1', assignments: 2 }])
  expect(body.by_user).toEqual([loadOf('again', 'a', 1, 0), loadOf('again', 'b', 1), loadOf('again', 'z', 0)])
})

test('what an undo gives back is no new assignment', async () => {
  await carrying('undo', { a: 1, b: 0 })
  await api.post('/team/deactivateMembers', { team_name: 'undo', user_ids: ['undo-a'] })
  await api.post('/team/undoDeactivation', { team_name: 'undo' })

  const { body } = await api.get('/stats/get', { team_name: 'undo' })

  expect(body.by_user).toEqual([loadOf('undo', 'a', 1), loadOf('undo', 'b', 1, 0), loadOf('undo', 'z', 0)])
})

test('the figures of all teams are the sum of those of each', async () => {
  await carrying('sum', { a: 2 })

  const { body } = await api.get('/stats/get', { limit: '500' })

  const sum = (rows: Record<string, number>[], key: string) => rows.reduce((total, row) => total + row[key]!, 0)
  for (const key of ['assignments', 'open_reviews', 'open_pull_requests', 'merged_pull_requests']) {
    expect(sum(body.by_team, key)).toBe(body[key])
  }
  expect(sum(body.by_team, 'members')).toBe(body.users)
  expect(sum(body.by_user, 'assignments')).toBe(body.assignments)
  expect(sum(body.by_pull_request, 'assignments')).toBe(body.assignments)
  expect(body.by_user).toHaveLength(body.users)
})

test('a limit shortens the lists to the busiest and leaves the sums', async () => {
  await carrying('limit', { a: 3, b: 2, c: 1 })

  const { body } = await api.get('/stats/get', { team_name: 'limit', limit: '2' })

  expect([body.users, body.assignments]).toEqual([4, 6])
  expect(body.by_user).toEqual([loadOf('limit', 'a', 3), loadOf('limit', 'b', 2)])
  expect(body.by_pull_request).toHaveLength(2)
})

test('a team without members has figures too', async () => {
  await aTeam(api, { name: 'void', members: [] })

  const { body } = await api.get('/stats/get', { team_name: 'void' })

  expect(body.by_team).toEqual([
    { team_name: 'void', members: 0, ...nothing, open_pull_requests: 0, merged_pull_requests: 0 },
  ])
})

test('an unknown team has no figures', async () => {
  const { status, body } = await api.get('/stats/get', { team_name: 'nowhere' })

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('nowhere') } })
})

test.each(['from', 'to'])(
  'a time in `%s` of any offset and precision of RFC 3339 is no failure of the server',
  async (side) => {
    const times = [
      '2026-01-01T00:00:00+23:59',
      '2026-01-01T00:00:00-16:00',
      '9999-12-31T23:59:59-15:59',
      '9999-12-31T23:59:59.999999999Z',
      `2026-01-01T00:00:00.${'1'.repeat(200)}Z`,
    ]

    const answers = await Promise.all(times.map((time) => api.get('/stats/get', { [side]: time })))

    const failed = times.filter((_, index) => answers[index]!.status >= 500)
    expect(failed).toEqual([])
  },
)
