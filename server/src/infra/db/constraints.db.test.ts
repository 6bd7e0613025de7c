import { describe, expect, test } from 'bun:test'
import { freshDatabase } from '../../testing/database.ts'

const database = await freshDatabase()
await database.sql(`INSERT INTO team (workspace_id, team_name) VALUES (1, 'payments')`)
await database.sql(`INSERT INTO member VALUES (1, 'ada', 'Ada', 'payments', true)`)

let count = 0

/** Writes a pull request of which only the given columns are unusual. */
function aPullRequest(columns: Record<string, unknown> = {}) {
  const row = {
    workspace_id: 1,
    pull_request_id: `pr-${++count}`,
    pull_request_name: 'name',
    author_id: 'ada',
    team_name: 'payments',
    reviewer_ids: ['bob'],
    ...columns,
  }
  const places = Object.keys(row).map((_, index) => `$${index + 1}`)
  const text = `INSERT INTO pull_request (${Object.keys(row).join()}) VALUES (${places.join()}) RETURNING pull_request_id`
  return database.sql<{ pull_request_id: string }>(text, Object.values(row))
}

async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return 'none'
  } catch (error) {
    const { constraint, column, code } = error as { constraint?: string; column?: string; code?: string }
    return constraint ?? column ?? code
  }
}

test('the ordinary pull request of these tests is taken', async () => {
  expect(await refusalOf(aPullRequest())).toBe('none')
  expect(await refusalOf(aPullRequest({ reviewer_ids: [] }))).toBe('none')
  expect(await refusalOf(aPullRequest({ reviewer_ids: ['bob', 'cleo'] }))).toBe('none')
  expect(await refusalOf(aPullRequest({ status: 'MERGED', merged_at: '2026-01-01' }))).toBe('none')
  expect(await refusalOf(aPullRequest({ pull_request_id: '😀'.repeat(255) }))).toBe('none')
})

const LONG = 'x'.repeat(256)

test.each([
  ['three reviewers', { reviewer_ids: ['b', 'c', 'd'] }, 'pull_request_at_most_two_reviewers'],
  ['reviewers in a table', { reviewer_ids: [['b'], ['c']] }, 'pull_request_at_most_two_reviewers'],
  ['reviewers not counted from one', { reviewer_ids: '[0:0]={b}' }, 'pull_request_at_most_two_reviewers'],
  ['a reviewer who is NULL', { reviewer_ids: ['b', null] }, 'pull_request_no_absent_reviewer'],
  ['only a reviewer who is NULL', { reviewer_ids: [null] }, 'pull_request_no_absent_reviewer'],
  ['no list of reviewers', { reviewer_ids: null }, 'reviewer_ids'],
  ['the author as first reviewer', { reviewer_ids: ['ada'] }, 'pull_request_reviewer_is_not_author'],
  ['the author as second reviewer', { reviewer_ids: ['b', 'ada'] }, 'pull_request_reviewer_is_not_author'],
  ['a reviewer twice', { reviewer_ids: ['b', 'b'] }, 'pull_request_no_reviewer_twice'],
  ['an unknown status', { status: 'CLOSED' }, 'pull_request_status_known'],
  ['a merge without a time', { status: 'MERGED' }, 'pull_request_merged_has_time'],
  ['a time of merging while open', { merged_at: '2026-01-01' }, 'pull_request_merged_has_time'],
  ['an empty id', { pull_request_id: '' }, 'pull_request_id_length'],
  ['a long id', { pull_request_id: LONG }, 'pull_request_id_length'],
  ['an empty name', { pull_request_name: '' }, 'pull_request_name_length'],
  ['a long name', { pull_request_name: LONG }, 'pull_request_name_length'],
  ['a team that is none', { team_name: 'nobodies' }, 'pull_request_workspace_id_team_name_fkey'],
  ['the team of another workspace', { workspace_id: 2 }, 'pull_request_workspace_id_team_name_fkey'],
  ['no author', { author_id: null }, 'author_id'],
  ['three reviewers missing', { missing_reviewers: 3, missing_reason: 'ABSENT' }, 'pull_request_missing_range'],
  ['fewer than none missing', { missing_reviewers: -1, missing_reason: 'ABSENT' }, /pull_request_missing_/],
  ['a reviewer missing for no reason', { missing_reviewers: 1 }, 'pull_request_missing_has_reason'],
  ['a reason and nobody missing', { missing_reason: 'ABSENT' }, 'pull_request_missing_has_reason'],
  ['somebody chosen by hand who does not review', { chosen_ids: ['cleo'] }, 'pull_request_chosen_review'],
  ['the author as shadow', { shadow_id: 'ada' }, 'pull_request_shadow_is_apart'],
  ['a reviewer as shadow', { shadow_id: 'bob' }, 'pull_request_shadow_is_apart'],
])('a pull request with %s is refused', async (_, columns, constraint) => {
  expect(await refusalOf(aPullRequest(columns))).toMatch(constraint)
})

test('two pull requests with one id are refused', async () => {
  await aPullRequest({ pull_request_id: 'once' })

  expect(await refusalOf(aPullRequest({ pull_request_id: 'once' }))).toBe('pull_request_pkey')
})

describe('a merged pull request', () => {
  test.each([
    ['gets other reviewers', `UPDATE pull_request SET reviewer_ids = '{cleo}'`],
    ['is opened again', `UPDATE pull_request SET status = 'OPEN', merged_at = NULL`],
    ['gets another time of merging', 'UPDATE pull_request SET merged_at = now()'],
    ['gets another name', `UPDATE pull_request SET pull_request_name = 'other'`],
    ['is written as it is', 'UPDATE pull_request SET status = status'],
    ['goes', 'DELETE FROM pull_request'],
  ])('never %s', async (_, text) => {
    const [row] = await aPullRequest({ status: 'MERGED', merged_at: '2026-01-01' })
    const before = await database.sql('SELECT * FROM pull_request WHERE pull_request_id = $1', [row!.pull_request_id])

    expect(await refusalOf(database.sql(`${text} WHERE pull_request_id = $1`, [row!.pull_request_id]))).toBe(
      'pull_request_merged_is_final',
    )
    const after = await database.sql('SELECT * FROM pull_request WHERE pull_request_id = $1', [row!.pull_request_id])
    expect(after).toEqual(before)
  })

  test('becomes so by an update of an open one', async () => {
    const [row] = await aPullRequest()
    const merge = `UPDATE pull_request SET status = 'MERGED', merged_at = now() WHERE pull_request_id = $1`

    expect(await refusalOf(database.sql(merge, [row!.pull_request_id]))).toBe('none')
    expect(await refusalOf(database.sql(merge, [row!.pull_request_id]))).toBe('pull_request_merged_is_final')
  })
})

test.each([
  ['an empty team name', `INSERT INTO team (workspace_id, team_name) VALUES (1, '')`, 'team_name_length'],
  ['a long team name', `INSERT INTO team (workspace_id, team_name) VALUES (1, '${LONG}')`, 'team_name_length'],
  ['a team twice', `INSERT INTO team (workspace_id, team_name) VALUES (1, 'payments')`, 'team_pkey'],
  ['an unknown policy', `UPDATE team SET review_policy = 'fair'`, 'team_review_policy_known'],
  ['three reviewers wanted', 'UPDATE team SET reviewers_wanted = 3', 'team_reviewers_wanted_range'],
  ['fewer than no reviewers wanted', 'UPDATE team SET reviewers_wanted = -1', 'team_reviewers_wanted_range'],
  [
    'a member without a team',
    `INSERT INTO member VALUES (1, 'x', 'X', 'none', true)`,
    'member_workspace_id_team_name_fkey',
  ],
  ['a user twice', `INSERT INTO member VALUES (1, 'ada', 'Ada', 'payments', true)`, 'member_pkey'],
  ['an empty user id', `INSERT INTO member VALUES (1, '', 'X', 'payments', true)`, 'member_user_id_length'],
  ['a long user id', `INSERT INTO member VALUES (1, '${LONG}', 'X', 'payments', true)`, 'member_user_id_length'],
  ['an empty user name', `INSERT INTO member VALUES (1, 'x', '', 'payments', true)`, 'member_username_length'],
  ['a long user name', `INSERT INTO member VALUES (1, 'x', '${LONG}', 'payments', true)`, 'member_username_length'],
  ['a member neither active nor not', `INSERT INTO member VALUES (1, 'x', 'X', 'payments', NULL)`, 'is_active'],
  ['the end of a team with members', 'DELETE FROM team', /_fkey$/],
  [
    'an unknown standing',
    `INSERT INTO roster_change VALUES (1, 'payments', 'ada', 1, 'away', 'me')`,
    'roster_change_status_known',
  ],
  [
    'an unknown kind of decision',
    `INSERT INTO decision VALUES (1, 'pr', 1, 'guess', 'payments', '{}', NULL, '{}', 'me')`,
    'decision_kind_known',
  ],
  ['a deactivation in no team', `INSERT INTO deactivation VALUES (1, 'd', 'none', '{}', '[]', 'me')`, /_fkey$/],
  ['a weight below none', 'UPDATE team SET load_weight = -1', 'team_load_weight_range'],
  ['too much weight', 'UPDATE team SET load_weight = 100.5', 'team_load_weight_range'],
  ['an unknown way with owners', `UPDATE team SET owners_mode = 'maybe'`, 'team_owners_mode_known'],
  ['shadows for more than all', 'UPDATE team SET shadow_budget = 1.01', 'team_shadow_budget_range'],
  ['an unknown trial policy', `UPDATE team SET trial_policy = 'fair'`, 'team_trial_policy_known'],
  ['limits of nobody', `INSERT INTO member_limit (workspace_id, user_id) VALUES (1, 'x')`, /_fkey$/],
  [
    'a limit below none',
    `INSERT INTO member_limit (workspace_id, user_id, max_open_reviews) VALUES (1, 'ada', -1)`,
    'member_limit_range',
  ],
  ['an unknown level', `INSERT INTO member_ramp VALUES (1, 'payments', 'ada', 'expert')`, 'member_ramp_level_known'],
  [
    'somebody who is their own mentor',
    `INSERT INTO member_ramp VALUES (1, 'payments', 'ada', 'newcomer', 'ada')`,
    'member_ramp_mentor_is_another',
  ],
  ['the absence of nobody', `INSERT INTO absence VALUES (1, 'a', 'x', '2026-01-01', '2026-01-02', 'hand')`, /_fkey$/],
  [
    'an absence that ends as it starts',
    `INSERT INTO absence VALUES (1, 'a', 'ada', '2026-01-01', '2026-01-01', 'hand')`,
    'absence_ends_after_start',
  ],
  [
    'an absence of unknown source',
    `INSERT INTO absence VALUES (1, 'a', 'ada', '2026-01-01', '2026-01-02', 'hearsay')`,
    'absence_source_known',
  ],
  [
    'owners in an unknown dialect',
    `INSERT INTO code_owners VALUES (1, 'web', 'bitbucket', '', 'me')`,
    'code_owners_dialect_known',
  ],
  [
    'two simulations that run',
    `INSERT INTO simulation (workspace_id, simulation_id, request, actor) VALUES (1, 'a', '{}', 'me'), (1, 'b', '{}', 'me')`,
    'simulation_one_running',
  ],
  [
    'a simulation of unknown status',
    `INSERT INTO simulation (workspace_id, simulation_id, request, status, actor) VALUES (1, 'a', '{}', 'LOST', 'me')`,
    'simulation_status_known',
  ],
  ['the turn of no team', `INSERT INTO team_rotation VALUES (1, 'none', NULL)`, /_fkey$/],
])('%s is refused', async (_, text, constraint) => {
  expect(await refusalOf(database.sql(text))).toMatch(constraint)
})

test('ids are compared byte by byte, so that every machine orders them the same way', async () => {
  const ids = ['a', 'B', 'ä', 'Z', '\u{ffff}', '\u{10000}', 'a b', 'a-b', '10', '9']
  await database.sql(`INSERT INTO member SELECT 1, id, 'name', 'payments', true FROM unnest($1::text[]) AS i (id)`, [
    ids,
  ])
  const rows = await database.sql<{ user_id: string }>(
    'SELECT user_id FROM member WHERE user_id = ANY ($1) ORDER BY user_id',
    [ids],
  )

  const byBytes = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  expect(rows.map((row) => row.user_id)).toEqual(byBytes)
})
