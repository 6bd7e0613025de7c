import { afterAll, describe, expect, test } from 'bun:test'
import { reviewPolicies } from '../../shared/roster.ts'
import { aPullRequest, aTeam, ids } from '../../testing/builders.ts'
import { connectTo, freshDatabase } from '../../testing/database.ts'
import { startServer } from '../../testing/server.ts'
import { listTrialTeams } from './queries/trials.ts'

type Hits = { reviewers: number; acting_named: number; trial_named: number }
type Spread = {
  seats: number
  people: number
  by_person: { user_id: string; reviews: number }[]
  gini: number
  busiest_day_share: number | null
}
type Comparison = {
  window: { from: string; to: string | null }
  decisions: number
  is_cut: boolean
  trials: {
    team_name: string
    policy: string
    trial_policy: string
    decisions: number
    agreement: { seats: number; decisions: number }
    acting: Spread
    trial: Spread
    changed_by_people: { decisions: number; final: Hits; chosen: Hits }
  }[]
  differences: { pull_request_id: string; number: number; assigned: string[]; trial_assigned: string[] }[]
}

const database = await freshDatabase()
const api = startServer(database)

async function post(path: string, body: object): Promise<any> {
  const answer = await api.post(path, body)
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

async function compare(query: Record<string, string> = {}): Promise<Comparison> {
  const { status, body } = await api.get('/simulation/compare', query)
  expect([status, body]).toEqual([200, expect.anything()])
  return body as Comparison
}

async function open(id: string, author: string): Promise<void> {
  await post('/pullRequest/create', aPullRequest({ id, author }))
}

/** Whom both policies chose, as `/decision/get` tells. */
async function namedIn(id: string): Promise<{ acting: string[]; trial: string[] }> {
  const { body } = await api.get('/decision/get', { pull_request_id: id })
  return { acting: body.decisions[0].assigned, trial: body.decisions[0].trial.assigned }
}

/** Writes decisions past the application, `everyMs` apart from 2025 on. */
async function addDecisions(teamName: string, rows: readonly { acting: string[]; trial: string[] }[], everyMs: number) {
  await database.sql(
    `WITH given AS (SELECT row, n FROM json_array_elements($1::json) WITH ORDINALITY AS g (row, n)),
     opened AS (
       INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name, reviewer_ids)
       SELECT 1, $2 || '-' || n, 'name', 'somebody', $2, '{}' FROM given
     )
     INSERT INTO decision (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, record, actor, decided_at, trial)
     SELECT 1, $2 || '-' || n, 1, 'create', $2, ARRAY(SELECT json_array_elements_text(row -> 'acting')),
       '{"policy": "random"}', 'local', timestamptz '2025-01-01Z' + (n - 1) * $3 * interval '1 millisecond',
       json_build_object('policy', 'expertise', 'assignedIds', row -> 'trial')
     FROM given`,
    [JSON.stringify(rows), teamName, everyMs],
  )
}

const in2025 = { from: '2025-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }

test('without a trial policy there is nothing to compare', async () => {
  await aTeam(api, { name: 'quiet', members: ids('q', 4) })
  await open('quiet-1', 'q1')

  expect(await compare({ team_name: 'quiet' })).toMatchObject({
    decisions: 0,
    is_cut: false,
    trials: [],
    differences: [],
  })
})

describe.each([...reviewPolicies])('a team that goes by least-loaded and tries %s', (trialPolicy) => {
  test('sees whom each named, how evenly, and where they differ', async () => {
    const members = ids(`${trialPolicy}-m`, 5)
    await aTeam(api, { name: trialPolicy, members })
    await post('/team/setPolicy', { team_name: trialPolicy, trial_policy: trialPolicy })
    const opened = ids(`${trialPolicy}-pr`, 20)
    for (const [n, id] of opened.entries()) await open(id, members[n % 5]!)
    const { decisions, trials, differences } = await compare({ team_name: trialPolicy, limit: '500' })
    const named = await Promise.all(opened.map(namedIn))
    const reviews = (side: 'acting' | 'trial', id: string) => named.filter((each) => each[side].includes(id)).length
    const same = named.map(({ acting, trial }) => acting.filter((id) => trial.includes(id)).length)

    expect(decisions).toBe(20)
    expect(trials).toHaveLength(1)
    expect(trials[0]).toMatchObject({ policy: 'least-loaded', trial_policy: trialPolicy, decisions: 20 })
    expect(trials[0]!.agreement).toEqual({
      seats: same.reduce((sum, n) => sum + n, 0) / 40,
      decisions: same.filter((n) => n === 2).length / 20,
    })
    for (const side of ['acting', 'trial'] as const) {
      const spread = trials[0]![side]
      expect(spread.seats).toBe(40)
      expect(spread.by_person).toHaveLength(spread.people)
      for (const { user_id, reviews: counted } of spread.by_person) expect(counted).toBe(reviews(side, user_id))
    }
    expect(differences.map((each) => each.pull_request_id)).toEqual(opened.filter((_, n) => same[n]! < 2).toReversed())
    for (const { pull_request_id, assigned, trial_assigned } of differences) {
      const { acting, trial } = named[opened.indexOf(pull_request_id)]!
      expect([assigned, trial_assigned]).toEqual([acting, trial])
    }
  })
})

describe('figures', () => {
  test('count over those who could have been named, too', async () => {
    await aTeam(api, { name: 'uneven', members: ['a', 'b', 'c', 'd', { id: 'e', isActive: false }] })
    const even = [
      ['a', 'b'],
      ['c', 'd'],
    ]
    await addDecisions(
      'uneven',
      even.map((acting) => ({ acting, trial: ['a', 'gone'] })),
      1000,
    )
    const [trial] = (await compare({ ...in2025, team_name: 'uneven' })).trials

    expect(trial!.acting).toMatchObject({ seats: 4, people: 4, gini: 0.2, busiest_day_share: null })
    // Of a, b, c, d and gone two have all.
    expect(trial!.trial).toMatchObject({ seats: 4, people: 2, gini: 0.6 })
    expect(trial!.trial.by_person).toEqual([
      { user_id: 'a', reviews: 2 },
      { user_id: 'gone', reviews: 2 },
    ])
    expect(trial!.agreement).toEqual({ seats: 0.25, decisions: 0 })
  })

  test('tell the largest part of a day that went to one person', async () => {
    await aTeam(api, { name: 'waves', members: ['w1'] })
    const hours = Array.from({ length: 48 }, (_, hour) => ({
      acting: [`w${hour % 4}`],
      trial: [hour < 24 ? 'w1' : `w${hour % 24}`],
    }))
    await addDecisions('waves', hours, 3_600_000)
    const [trial] = (await compare({ ...in2025, team_name: 'waves' })).trials

    // Of thirteen in turn by four people one has four; fewer than ten do not count.
    expect(trial!.acting.busiest_day_share).toBe(0.3077)
    expect(trial!.trial.busiest_day_share).toBe(1)
  })

  test('leave out decisions in which nobody was named', async () => {
    await aTeam(api, { name: 'drafts', members: ['d1', 'd2'] })
    await addDecisions(
      'drafts',
      [
        { acting: [], trial: [] },
        { acting: [], trial: ['d2'] },
      ],
      1000,
    )
    const { trials, differences } = await compare({ ...in2025, team_name: 'drafts' })

    expect(trials).toMatchObject([{ decisions: 1, acting: { seats: 0 }, trial: { seats: 1 } }])
    expect(differences).toMatchObject([{ pull_request_id: 'drafts-2', assigned: [], trial_assigned: ['d2'] }])
  })

  test('count every decision once, however many there are, and of those at one moment too', async () => {
    await aTeam(api, { name: 'many', members: ['m1', 'm2'] })
    await addDecisions(
      'many',
      Array.from({ length: 4500 }, () => ({ acting: ['m1'], trial: ['m2'] })),
      1,
    )
    await database.sql(`UPDATE decision SET decided_at = date_trunc('second', decided_at) WHERE team_name = 'many'`)
    const { decisions, trials, differences } = await compare({ ...in2025, team_name: 'many' })

    expect([decisions, trials[0]!.acting.seats]).toEqual([4500, 4500])
    expect(differences).toHaveLength(20)
  })
})

describe('where people changed the reviewers', () => {
  test('it is told whom each policy had named of those who stayed, and of those whom a person chose', async () => {
    const members = ids('h', 8)
    await aTeam(api, { name: 'changed', members })
    await post('/team/setPolicy', { team_name: 'changed', policy: 'random', trial_policy: 'round-robin' })
    const opened = ids('changed-pr', 4)
    for (const id of opened) await open(id, 'h1')
    const named = await Promise.all(opened.map(namedIn))
    const [kept, byHand, reassigned, unmerged] = opened as [string, string, string, string]
    const [stays, leaves] = named[1]!.acting as [string, string]
    const chosen = members.find((id) => id !== 'h1' && !named[1]!.acting.includes(id))!
    await post('/pullRequest/assign', { pull_request_id: byHand, user_id: chosen, instead_of: leaves })
    await post('/pullRequest/reassign', { pull_request_id: reassigned, old_user_id: named[2]!.acting[0]! })
    await post('/pullRequest/reassign', { pull_request_id: unmerged, old_user_id: named[3]!.acting[0]! })
    for (const id of [kept, byHand, reassigned]) await post('/pullRequest/merge', { pull_request_id: id })
    const { body } = await api.get('/pullRequest/get', { pull_request_id: reassigned })
    const final = body.assigned_reviewers as string[]
    const [trial] = (await compare({ team_name: 'changed' })).trials
    const countIn = (some: string[], others: string[]) => some.filter((id) => others.includes(id)).length

    expect(trial!.decisions).toBe(4)
    expect(trial!.changed_by_people).toEqual({
      decisions: 2,
      final: {
        reviewers: 4,
        acting_named: 1 + countIn(final, named[2]!.acting),
        trial_named: countIn([stays, chosen], named[1]!.trial) + countIn(final, named[2]!.trial),
      },
      chosen: { reviewers: 1, acting_named: 0, trial_named: countIn([chosen], named[1]!.trial) },
    })
  })
})

describe('what is compared', () => {
  test('is of all teams or of one, by the policies they had, those with the most decisions first', async () => {
    await aTeam(api, { name: 'switching', members: ids('s', 4) })
    await post('/team/setPolicy', { team_name: 'switching', trial_policy: 'random' })
    await open('switching-1', 's1')
    await post('/team/setPolicy', { team_name: 'switching', policy: 'round-robin' })
    for (const n of [2, 3]) await open(`switching-${n}`, 's1')
    await post('/team/setPolicy', { team_name: 'switching', trial_policy: null })
    await open('switching-4', 's1')
    const { trials } = await compare({ team_name: 'switching' })
    const all = await compare()

    expect(trials.map(({ policy, trial_policy, decisions }) => [policy, trial_policy, decisions])).toEqual([
      ['round-robin', 'random', 2],
      ['least-loaded', 'random', 1],
    ])
    const numbers = all.trials.map(({ decisions }) => decisions)
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a))
    expect(all.decisions).toBe(numbers.reduce((sum, n) => sum + n, 0))
    expect(all.trials.map(({ team_name }) => team_name)).toEqual(
      expect.arrayContaining(['switching', ...reviewPolicies]),
    )
  })

  test('is what was decided in a window of time', async () => {
    const within = await compare({ team_name: 'waves', from: '2025-01-01T02:00:00+01:00', to: '2025-01-01T03:00:00Z' })

    // At one and at two.
    expect(within).toMatchObject({
      window: { from: '2025-01-01T01:00:00.000Z', to: '2025-01-01T03:00:00.000Z' },
      decisions: 2,
    })
  })

  test('is what was decided in the last 30 days, where nothing else is asked for', async () => {
    const { window } = await compare()
    const before = await compare({ team_name: 'waves', to: '2025-01-31T02:00:00Z' })

    expect(window.to).toBeNull()
    expect(before.window.from).toBe('2025-01-01T02:00:00.000Z')
    // Of 48 hours all but the first two.
    expect(before.decisions).toBe(46)
  })

  test('is the newest, where there is too much', async () => {
    const db = connectTo(database, { poolSize: 1, statementTimeoutMs: 10_000 })
    afterAll(() => db.close())
    const window = { teamName: 'waves', ...in2025 }

    expect(await listTrialTeams(db, 1, window, 48)).toEqual([
      { teamName: 'waves', decisions: 48, since: '2025-01-01T00:00:00.000000Z', isCut: false },
    ])
    expect(await listTrialTeams(db, 1, window, 47)).toEqual([
      { teamName: 'waves', decisions: 47, since: '2025-01-01T01:00:00.000000Z', isCut: true },
    ])
  })
})

test.each([
  [{ team_name: 'nobody' }, 404, 'NOT_FOUND', 'nobody'],
  [{ from: 'yesterday' }, 400, 'INVALID_REQUEST', 'from'],
  [{ limit: '0' }, 400, 'INVALID_REQUEST', 'limit'],
  [{ policy: 'random' }, 400, 'INVALID_REQUEST', 'policy'],
])('%j is refused', async (query, status, code, word) => {
  const answer = await api.get('/simulation/compare', query)

  expect([answer.status, answer.body.error.code]).toEqual([status, code])
  expect(answer.body.error.message).toContain(word)
})
