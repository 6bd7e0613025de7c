import { afterAll, describe, expect, test } from 'bun:test'
import { reviewPolicies, type ReviewPolicy } from '../../shared/roster.ts'
import { aTeam, ids } from '../../testing/builders.ts'
import { connectTo, freshDatabase } from '../../testing/database.ts'
import { startServer } from '../../testing/server.ts'
import { decodeDecision, looksAtRoster } from './domain/decision-record.ts'
import { decideAgain, isSameDecision } from './domain/replay.ts'
import { rostersAt } from './rosters-at.ts'

const database = await freshDatabase()
const api = startServer(database, { FILL_SEATS_EVERY_MS: '50' })
const db = connectTo(database, { poolSize: 2, statementTimeoutMs: 10_000 })
afterAll(() => db.close())

type Row = { pull_request_id: string; kind: string; assigned_ids: string[]; record: unknown; trial: unknown }

async function decisionsOf(teamName: string): Promise<Row[]> {
  return database.sql<Row>(
    `SELECT pull_request_id, kind, assigned_ids, record, trial FROM decision WHERE team_name = $1
     ORDER BY decided_at, pull_request_id, number`,
    [teamName],
  )
}

async function done(answer: Promise<{ status: number; body: unknown }>): Promise<void> {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`answered ${status}: ${JSON.stringify(body)}`)
}

function setPolicy(teamName: string, policy: ReviewPolicy, trialPolicy: ReviewPolicy | null): Promise<void> {
  return done(api.post('/team/setPolicy', { team_name: teamName, policy, trial_policy: trialPolicy }))
}

/** Each is opened when the one before has been, so that it sees its load. */
async function open(teamName: string, people: readonly string[], count: number, from = 1): Promise<void> {
  for (let n = from; n < from + count; n++) {
    await done(
      api.post('/pullRequest/create', {
        pull_request_id: `${teamName}-${n}`,
        pull_request_name: 'name',
        author_id: people[n % people.length],
        repository: 'shop',
        files: [{ path: `src/${n % 3}/a.ts` }],
      }),
    )
    if (n % 4 === 0) await done(api.post('/pullRequest/merge', { pull_request_id: `${teamName}-${n}` }))
  }
}

async function aTeamOf(teamName: string, size: number): Promise<string[]> {
  const members = ids(`${teamName}-m`, size)
  await aTeam(api, { name: teamName, members })
  return members
}

const pairs = reviewPolicies.flatMap((policy) => reviewPolicies.map((trial) => [policy, trial] as const))

describe.each(pairs)('a team that goes by %s and tries %s', (policy, trialPolicy) => {
  const teamName = `${policy}/${trialPolicy}`

  test('gets just the reviewers, the loads and the turns of the policy it goes by', async () => {
    const members = await aTeamOf(teamName, 6)
    await setPolicy(teamName, policy, trialPolicy)
    await open(teamName, members, 12)
    const load = new Map<string, number>()
    let last: string | null = null
    for (const [index, { record, assigned_ids }] of (await decisionsOf(teamName)).entries()) {
      const decision = await decodeDecision(record, rostersAt(db, 1))

      expect(decision.policy).toBe(policy)
      expect(decision.openReviews).toEqual(decision.people.map(({ userId }) => load.get(userId) ?? 0))
      expect(decision.lastInRotation).toBe(policy === 'round-robin' ? last : null)
      expect(decision.assignedIds).toEqual(assigned_ids)
      last = assigned_ids.at(-1)!
      const isMerged = (index + 1) % 4 === 0
      for (const id of isMerged ? [] : assigned_ids) load.set(id, (load.get(id) ?? 0) + 1)
    }

    const [turn] = await database.sql<{ last_user_id: string | null }>(
      'SELECT last_user_id FROM team_rotation WHERE team_name = $1',
      [teamName],
    )
    expect(turn?.last_user_id ?? null).toBe(policy === 'round-robin' ? last : null)
  })

  test('keeps what the other would have decided, and it comes out the same again', async () => {
    const large = `${teamName} large`
    const members = await aTeamOf(large, 80)
    await setPolicy(large, policy, trialPolicy)
    await open(large, members, 3)
    await done(
      api.post('/absence/add', { user_id: members[7], from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' }),
    )
    await open(large, members, 3, 4)
    const membersAt = rostersAt(db, 1)
    const rows = [...(await decisionsOf(teamName)), ...(await decisionsOf(large))]

    expect(rows).toHaveLength(18)
    for (const { record, trial } of rows) {
      for (const each of [record, trial]) {
        const decision = await decodeDecision(each, membersAt)
        const roster = looksAtRoster(decision) ? await membersAt(decision.teamName, decision.rosterVersion) : undefined
        const again = decideAgain(decision, roster)

        expect(isSameDecision(again, decision)).toBe(true)
        expect(decision.assignedIds).toHaveLength(2)
      }
      expect(trial).toMatchObject({ policy: trialPolicy })
      expect((trial as { seed: number }).seed).toBe((record as { seed: number }).seed)
    }
  })
})

test('without a trial policy nothing is kept beside the decision, before and after there was one', async () => {
  const members = await aTeamOf('sometimes', 5)
  await open('sometimes', members, 1)
  await setPolicy('sometimes', 'least-loaded', 'random')
  await open('sometimes', members, 1, 2)
  await setPolicy('sometimes', 'least-loaded', null)
  await open('sometimes', members, 1, 3)
  const trials = (await decisionsOf('sometimes')).map(({ trial }) => trial)

  expect(trials).toEqual([null, expect.objectContaining({ policy: 'random', teamName: 'sometimes' }), null])
})

test('a decision shows whom the trial policy would have chosen, or that there was none', async () => {
  const shown = async (id: string) => (await api.get('/decision/get', { pull_request_id: id })).body.decisions[0].trial
  const [, kept] = await decisionsOf('sometimes')

  expect(await shown('sometimes-1')).toBeNull()
  expect(await shown('sometimes-2')).toEqual({
    policy: 'random',
    assigned: (kept!.trial as { assignedIds: string[] }).assignedIds,
  })
})

test('a seat that is filled later is tried too', async () => {
  const [author, other] = (await aTeamOf('late', 2)) as [string, string]
  await setPolicy('late', 'random', 'least-loaded')
  await done(api.post('/users/setIsActive', { user_id: other, is_active: false }))
  await open('late', [author], 1)
  await done(api.post('/users/setIsActive', { user_id: other, is_active: true }))
  let rows = await decisionsOf('late')
  while (rows.length < 2) {
    await Bun.sleep(20)
    rows = await decisionsOf('late')
  }

  expect(rows[0]).toMatchObject({ kind: 'create', trial: { policy: 'least-loaded', assignedIds: [] } })
  expect(rows[1]).toMatchObject({ kind: 'fill', trial: { kind: 'fill', assignedIds: [other] } })
})
