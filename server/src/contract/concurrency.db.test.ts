import { expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import type { Answer } from '../testing/client.ts'
import { freshDatabase } from '../testing/database.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const servers = [startServer(database), startServer(database)] as const
const [api] = servers

function serverOf(index: number) {
  return servers[index % 2]!
}

function outcomesOf(answers: readonly Answer[]): Record<string, number> {
  const outcomes = answers.map(({ status, body }) => [status, body.error?.code].filter(Boolean).join(' '))
  return Object.fromEntries([...Map.groupBy(outcomes, (outcome) => outcome)].map(([key, all]) => [key, all.length]))
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

async function pullRequest(pull_request_id: string) {
  return (await api.get('/pullRequest/get', { pull_request_id })).body
}

test.each([
  ['one server', () => api],
  ['two servers', serverOf],
])('of fifty creates of one pull request at once on %s, one is done and the rest are refused', async (on, server) => {
  await aTeam(api, { name: on, members: ids(on, 5) })
  const author = `${on}1`

  const answers = await Promise.all(
    indexes(50).map((index) => server(index).post('/pullRequest/create', aPullRequest({ id: on, author }))),
  )

  expect(outcomesOf(answers)).toEqual({ '201': 1, '409 PR_EXISTS': 49 })
  expect(await pullRequest(on)).toMatchObject(answers.find(({ status }) => status === 201)!.body.pr)
  expect((await api.get('/decision/get', { pull_request_id: on })).body.decisions).toHaveLength(1)
})

test.each([
  ['a server', () => api],
  ['both servers', serverOf],
])('of fifty adds of one team at once on %s, one is done and the rest write nothing', async (on, server) => {
  const answers = await Promise.all(
    indexes(50).map((index) =>
      server(index).post('/team/add', {
        team_name: on,
        members: [{ user_id: `${on} ${index}`, username: 'Member', is_active: true }],
      }),
    ),
  )

  expect(outcomesOf(answers)).toEqual({ '201': 1, '400 TEAM_EXISTS': 49 })
  const { body } = await api.get('/team/get', { team_name: on })
  expect(body).toEqual(answers.find(({ status }) => status === 201)!.body.team)
  const users = (await api.get('/users/list', { limit: '500' })).body.users as { user_id: string }[]
  expect(users.filter(({ user_id }) => user_id.startsWith(`${on} `))).toHaveLength(1)
})

test('teams added at once that all claim one member leave that member in just one of them', async () => {
  const names = ids('claim-', 20)
  const members = [{ user_id: 'claimed', username: 'Claimed', is_active: true }]

  const answers = await Promise.all(
    names.map((team_name, index) => serverOf(index).post('/team/add', { team_name, members })),
  )

  expect(outcomesOf(answers)).toEqual({ '201': 20 })
  const teams = await Promise.all(names.map((team_name) => api.get('/team/get', { team_name })))
  expect(teams.filter(({ body }) => body.members.length === 1)).toHaveLength(1)
})

test('pull requests merged many times at once are merged once', async () => {
  await aTeam(api, { name: 'merge', members: ids('merge-', 4) })
  await api.post('/pullRequest/create', aPullRequest({ id: 'merge', author: 'merge-1' }))

  const answers = await Promise.all(
    indexes(40).map((index) => serverOf(index).post('/pullRequest/merge', { pull_request_id: 'merge' })),
  )

  expect(outcomesOf(answers)).toEqual({ '200': 40 })
  expect(new Set(answers.map(({ body }) => body.pr.mergedAt)).size).toBe(1)
})

test('of many reassignments of one reviewer at once, one is done and the rest find them gone', async () => {
  await aTeam(api, { name: 'gone', members: ids('gone-', 9) })
  const { body } = await api.post('/pullRequest/create', aPullRequest({ id: 'gone', author: 'gone-1' }))
  const change = { pull_request_id: 'gone', old_user_id: body.pr.assigned_reviewers[0] }

  const answers = await Promise.all(indexes(30).map((index) => serverOf(index).post('/pullRequest/reassign', change)))

  expect(outcomesOf(answers)).toEqual({ '200': 1, '409 NOT_ASSIGNED': 29 })
})

test('both reviewers reassigned at once never become the same person', async () => {
  await aTeam(api, { name: 'pair', members: ids('pair-', 5) })

  for (const id of ids('pair-pr-', 30)) {
    const { body } = await api.post('/pullRequest/create', aPullRequest({ id, author: 'pair-1' }))
    const answers = await Promise.all(
      (body.pr.assigned_reviewers as string[]).map((old_user_id, index) =>
        serverOf(index).post('/pullRequest/reassign', { pull_request_id: id, old_user_id }),
      ),
    )
    expect(outcomesOf(answers)).toEqual({ '200': 2 })
    expect(new Set((await pullRequest(id)).assigned_reviewers).size).toBe(2)
  }
})

test('no reassignment changes the reviewers once a merge is done', async () => {
  await aTeam(api, { name: 'race', members: ids('race-', 8) })

  await Promise.all(
    ids('race-pr-', 40).map(async (id, index) => {
      const { body } = await api.post('/pullRequest/create', aPullRequest({ id, author: 'race-1' }))
      const reassign = (old_user_id: string) =>
        serverOf(index).post('/pullRequest/reassign', { pull_request_id: id, old_user_id })
      const [one, two] = body.pr.assigned_reviewers
      const [first, merged, ...others] = await Promise.all([
        reassign(one),
        serverOf(index + 1).post('/pullRequest/merge', { pull_request_id: id }),
        reassign(two),
        reassign(one),
      ])
      expect(merged.status).toBe(200)
      const refusals = [first, ...others].filter(({ status }) => status !== 200).map((answer) => answer.body.error.code)
      expect(['PR_MERGED', 'NOT_ASSIGNED']).toEqual(expect.arrayContaining(refusals))
      expect(await pullRequest(id)).toMatchObject(merged.body.pr)
    }),
  )
})

test('whoever was switched off is in no pull request opened after that', async () => {
  await aTeam(api, { name: 'off', members: ids('off-', 5) })
  const create = (id: string, index: number) =>
    serverOf(index).post('/pullRequest/create', aPullRequest({ id, author: 'off-1' }))
  await Promise.all(ids('off-warm-', 4).map(create))

  const racing = ids('off-race-', 40).map(create)
  await api.post('/users/setIsActive', { user_id: 'off-2', is_active: false })
  const after = await Promise.all(ids('off-after-', 40).map(create))

  expect(outcomesOf(await Promise.all(racing))).toEqual({ '201': 40 })
  expect(after.filter(({ body }) => body.pr.assigned_reviewers.includes('off-2'))).toEqual([])
})

test('members who move while pull requests are opened are asked by their own team only', async () => {
  await aTeam(api, { name: 'home', members: ids('home-', 12) })

  const answers = await Promise.all([
    ...ids('home-pr-', 80).map((id, index) =>
      serverOf(index).post('/pullRequest/create', aPullRequest({ id, author: `home-0${(index % 3) + 1}` })),
    ),
    ...ids('away-', 10).map((team_name, index) =>
      serverOf(index).post('/team/add', {
        team_name,
        members: [{ user_id: `home-${String(index + 3).padStart(2, '0')}`, username: 'Mover', is_active: true }],
      }),
    ),
  ])

  expect(outcomesOf(answers)).toEqual({ '201': 90 })
  const { body } = await api.post('/pullRequest/create', aPullRequest({ id: 'home-last', author: 'home-01' }))
  expect(body.pr.assigned_reviewers).toEqual(['home-02'])
})

test('a deactivation among creates and reassignments leaves no open review with those who left', async () => {
  await aTeam(api, { name: 'leave', members: ids('leave-', 10) })
  const opened = await Promise.all(
    ids('leave-pr-', 60).map((id, index) =>
      serverOf(index).post('/pullRequest/create', aPullRequest({ id, author: 'leave-01' })),
    ),
  )
  const leaving = ['leave-02', 'leave-03', 'leave-04']

  const answers = await Promise.all([
    ...ids('leave-more-', 60).map((id, index) =>
      serverOf(index).post('/pullRequest/create', aPullRequest({ id, author: 'leave-01' })),
    ),
    ...opened.map(({ body: { pr } }, index) =>
      serverOf(index).post('/pullRequest/reassign', {
        pull_request_id: pr.pull_request_id,
        old_user_id: pr.assigned_reviewers[0],
      }),
    ),
    api.post('/team/deactivateMembers', { team_name: 'leave', user_ids: leaving }),
  ])

  expect(answers.at(-1)!.status).toBe(200)
  expect(answers.filter(({ status }) => status >= 500)).toEqual([])
  const { body } = await api.get('/pullRequest/list', { team_name: 'leave', limit: '500' })
  const reviewers = new Set(
    body.pull_requests.flatMap((one: { assigned_reviewers: string[] }) => one.assigned_reviewers),
  )
  expect(leaving.filter((userId) => reviewers.has(userId))).toEqual([])
  expect(body.pull_requests).toHaveLength(120)
})

test('all that was written here keeps the rules of the contract', async () => {
  const found = await violations(database)

  expect(found).toEqual(noViolations(found))
})
