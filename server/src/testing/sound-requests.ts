import type { Command, Question } from './bad-input.ts'
import { aPullRequest, aTeam } from './builders.ts'
import type { Client } from './client.ts'
import type { TestDatabase } from './database.ts'
import { notificationCommands, notificationQuestions } from './notification-input.ts'

const JOB_ID = '5f0c1c9e-6a39-4a57-9f3b-0d9d8e6f1a11'
/** Far from those that are told meanwhile. */
const EVENT = { id: '4000000000.1767225600000000', sequence: 4_000_000_000, occurredAt: '2026-01-01T00:00:00Z' }

const member = { user_id: 'new-1', username: 'New', is_active: true }

const CALENDAR =
  'BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n'

/** Every command with a body that would change something in what the test has arranged. */
export const commands: readonly Command[] = [
  {
    path: '/team/add',
    good: { team_name: 'new-team', members: [member] },
    required: ['team_name', 'members', 'members[0].user_id', 'members[0].username', 'members[0].is_active'],
    fields: {
      team_name: 'text',
      members: 'people',
      'members[0].user_id': 'text',
      'members[0].username': 'text',
      'members[0].is_active': 'flag',
    },
  },
  {
    path: '/team/setPolicy',
    good: { team_name: 'crew', policy: 'random', reviewers_wanted: 1 },
    required: ['team_name'],
    fields: { team_name: 'text', policy: 'policy', reviewers_wanted: 'count' },
  },
  {
    path: '/team/deactivateMembers',
    good: { team_name: 'crew', user_ids: ['crew-2'], dry_run: false },
    required: ['team_name'],
    fields: { team_name: 'text', user_ids: 'ids', 'user_ids[0]': 'text', dry_run: 'flag', plan_id: 'token' },
  },
  {
    path: '/team/undoDeactivation',
    good: { team_name: 'rest' },
    required: ['team_name'],
    fields: { team_name: 'text', deactivation_id: 'text' },
  },
  {
    path: '/users/setIsActive',
    good: { user_id: 'crew-3', is_active: false },
    required: ['user_id', 'is_active'],
    fields: { user_id: 'text', is_active: 'flag' },
  },
  {
    path: '/member/setLimits',
    good: { user_id: 'crew-2', never_assign: true, never_assign_authors: ['crew-3'] },
    required: ['user_id'],
    fields: { user_id: 'text', never_assign: 'flag', 'never_assign_authors[0]': 'text' },
  },
  {
    path: '/member/setRamp',
    good: { user_id: 'crew-2', level: 'shadow' },
    required: ['user_id', 'level'],
    fields: { user_id: 'text', level: 'policy' },
  },
  {
    path: '/member/setCalendar',
    good: { user_id: 'crew-2', url: 'https://calendar.invalid/' },
    required: ['user_id', 'url'],
    fields: { user_id: 'text' },
  },
  {
    path: '/absence/add',
    good: { user_id: 'crew-2', from: '2199-01-01', to: '2199-01-02T00:00:00Z' },
    required: ['user_id', 'from', 'to'],
    fields: { user_id: 'text', absence_id: 'text', from: 'token', to: 'token' },
  },
  {
    path: '/absence/importCalendar',
    good: { user_id: 'crew-2', content: CALENDAR },
    required: ['user_id', 'content'],
    fields: { user_id: 'text' },
  },
  {
    path: '/pullRequest/create',
    good: { pull_request_id: 'pr-new', pull_request_name: 'New', author_id: 'crew-1', labels: ['urgent'] },
    required: ['pull_request_id', 'pull_request_name', 'author_id'],
    fields: {
      pull_request_id: 'text',
      pull_request_name: 'text',
      author_id: 'text',
      is_draft: 'flag',
      repository: 'text',
      files: 'people',
      'labels[0]': 'text',
      url: 'token',
    },
  },
  {
    path: '/pullRequest/merge',
    good: { pull_request_id: 'pr-1' },
    required: ['pull_request_id'],
    fields: { pull_request_id: 'text' },
  },
  {
    path: '/pullRequest/reassign',
    good: { pull_request_id: 'pr-1', old_user_id: 'crew-2' },
    required: ['pull_request_id', 'old_user_id'],
    fields: { pull_request_id: 'text', old_user_id: 'text', old_reviewer_id: 'text' },
  },
  {
    path: '/pullRequest/update',
    good: { pull_request_id: 'pr-1', pull_request_name: 'Other', labels: ['urgent'] },
    required: ['pull_request_id'],
    fields: {
      pull_request_id: 'text',
      pull_request_name: 'text',
      is_draft: 'flag',
      repository: 'text',
      files: 'people',
      'labels[0]': 'text',
      url: 'token',
    },
  },
  {
    path: '/pullRequest/assign',
    good: { pull_request_id: 'pr-1', user_id: 'crew-4', instead_of: 'crew-3' },
    required: ['pull_request_id', 'user_id'],
    fields: { pull_request_id: 'text', user_id: 'text', instead_of: 'text' },
  },
  {
    path: '/absence/remove',
    good: { absence_id: 'crew-away' },
    required: ['absence_id'],
    fields: { absence_id: 'text' },
  },
  {
    path: '/owners/set',
    good: { repository: 'crew/new', dialect: 'github', content: '* @crew-1' },
    required: ['repository', 'dialect', 'content'],
    fields: { repository: 'text', dialect: 'policy' },
  },
  {
    path: '/owners/remove',
    good: { repository: 'crew/web' },
    required: ['repository'],
    fields: { repository: 'text' },
  },
  {
    path: '/owners/check',
    good: { dialect: 'github', content: '* @crew-1', paths: ['a.ts'] },
    required: ['dialect', 'content'],
    fields: { dialect: 'policy', 'paths[0]': 'path' },
    takesNoKey: true,
  },
  {
    path: '/webhook/remove',
    good: { webhook_id: 'crew-hook' },
    required: ['webhook_id'],
    fields: { webhook_id: 'text' },
  },
  {
    path: '/webhook/rotateSecret',
    good: { webhook_id: 'crew-hook' },
    required: ['webhook_id'],
    fields: { webhook_id: 'text' },
  },
  {
    path: '/webhook/enable',
    good: { webhook_id: 'crew-hook' },
    required: ['webhook_id'],
    fields: { webhook_id: 'text' },
  },
  {
    path: '/webhook/redeliver',
    good: { webhook_id: 'crew-hook', event_id: EVENT.id },
    required: ['webhook_id', 'event_id'],
    fields: { webhook_id: 'text', event_id: 'text' },
  },
  {
    path: '/webhook/add',
    good: {
      webhook_id: 'new-hook',
      url: 'https://hook.invalid/',
      types: ['pullRequest.opened'],
      team_name: 'crew',
      batch_size: 50,
    },
    required: ['url'],
    fields: {
      webhook_id: 'text',
      url: 'url',
      'types[0]': 'policy',
      types: 'people',
      team_name: 'text',
      batch_size: 'size',
    },
  },
  {
    path: '/job/retry',
    good: { job_id: JOB_ID },
    required: ['job_id'],
    fields: { job_id: 'uuid' },
  },
  {
    path: '/simulation/run',
    good: { repository: 'crew/web', rules: ['chrev'] },
    required: [],
    fields: { repository: 'text', 'rules[0]': 'policy', from: 'token', to: 'token' },
  },
  {
    path: '/pullRequest/acknowledge',
    good: { pull_request_id: 'pr-1', user_id: 'crew-2' },
    required: ['pull_request_id', 'user_id'],
    fields: { pull_request_id: 'text', user_id: 'text' },
  },
  ...notificationCommands,
  {
    path: '/room/send',
    good: { room: 'pullRequest/pr-1', user_id: 'crew-1', client_id: 'new', text: 'Hello' },
    required: ['room', 'user_id', 'client_id', 'text'],
    fields: { room: 'text', user_id: 'text', client_id: 'text' },
  },
]

const page = { cursor: 'cursor', limit: 'limit' } as const

/** Every question with a query that is answered. */
export const questions: readonly Question[] = [
  { path: '/team/get', good: { team_name: 'crew' }, required: ['team_name'], fields: { team_name: 'text' } },
  { path: '/team/list', good: {}, required: [], fields: page },
  { path: '/users/get', good: { user_id: 'crew-1' }, required: ['user_id'], fields: { user_id: 'text' } },
  { path: '/users/list', good: {}, required: [], fields: { team_name: 'text', is_active: 'flag', ...page } },
  { path: '/team/getPolicy', good: { team_name: 'crew' }, required: ['team_name'], fields: { team_name: 'text' } },
  { path: '/member/get', good: { user_id: 'crew-1' }, required: ['user_id'], fields: { user_id: 'text' } },
  { path: '/absence/list', good: {}, required: [], fields: { user_id: 'text', team_name: 'text', ...page } },
  { path: '/users/getReview', good: { user_id: 'crew-1' }, required: ['user_id'], fields: { user_id: 'text' } },
  {
    path: '/pullRequest/get',
    good: { pull_request_id: 'pr-1' },
    required: ['pull_request_id'],
    fields: { pull_request_id: 'text' },
  },
  {
    path: '/pullRequest/list',
    good: {},
    required: [],
    fields: { status: 'status', team_name: 'text', author_id: 'text', reviewer_id: 'text', ...page },
  },
  {
    path: '/stats/get',
    good: {},
    required: [],
    fields: { team_name: 'text', from: 'time', to: 'time', limit: 'limit' },
  },
  {
    path: '/decision/get',
    good: { pull_request_id: 'pr-1' },
    required: ['pull_request_id'],
    fields: { pull_request_id: 'text' },
  },
  {
    path: '/decision/whyNot',
    good: { pull_request_id: 'pr-1', user_id: 'crew-1' },
    required: ['pull_request_id', 'user_id'],
    fields: { pull_request_id: 'text', user_id: 'text', number: 'number' },
  },
  { path: '/owners/get', good: { repository: 'crew/web' }, required: ['repository'], fields: { repository: 'text' } },
  {
    path: '/simulation/get',
    good: { simulation_id: 'done' },
    required: ['simulation_id'],
    fields: { simulation_id: 'text' },
  },
  { path: '/simulation/list', good: {}, required: [], fields: page },
  ...notificationQuestions,
  { path: '/room/get', good: { room: 'pullRequest/pr-1' }, required: ['room'], fields: { room: 'text' } },
  {
    path: '/room/messages',
    good: { room: 'team/crew' },
    required: ['room'],
    fields: { room: 'text', after: 'sequence', before: 'number', limit: 'limit' },
  },
  {
    path: '/simulation/compare',
    good: {},
    required: [],
    fields: { team_name: 'text', from: 'time', to: 'time', limit: 'limit' },
  },
  { path: '/history/status', good: { repository: 'crew/web' }, required: [], fields: { repository: 'name' } },
  { path: '/expertise/status', good: {}, required: [], fields: {} },
  {
    path: '/event/list',
    good: {},
    required: [],
    fields: { team_name: 'text', subject: 'text', type: 'status', after: 'sequence', limit: 'limit' },
  },
  {
    path: '/event/stream',
    good: {},
    required: [],
    fields: { team_name: 'text', user_id: 'text', type: 'status', after: 'sequence' },
  },
  { path: '/webhook/list', good: {}, required: [], fields: page },
  {
    path: '/webhook/deliveries',
    good: { webhook_id: 'crew-hook' },
    required: ['webhook_id'],
    fields: { webhook_id: 'text', ...page },
  },
  { path: '/job/list', good: {}, required: [], fields: { state: 'status', kind: 'text', ...page } },
]

/** Their bodies are read as they come: what they refuse is tried beside them. */
export const uploads: readonly string[] = ['/history/import']

/** What the good requests that the bad ones are made from speak of. */
export async function arrange(client: Client, { sql }: Pick<TestDatabase, 'sql'>): Promise<void> {
  await aTeam(client, { name: 'crew', members: ['crew-1', 'crew-2', 'crew-3', { id: 'crew-4', isActive: false }] })
  await client.post('/pullRequest/create', aPullRequest({ id: 'pr-1', author: 'crew-1' }))
  await client.post('/users/setIsActive', { user_id: 'crew-4', is_active: true })
  await aTeam(client, { name: 'rest', members: ['rest-1', 'rest-2'] })
  await client.post('/team/deactivateMembers', { team_name: 'rest', user_ids: ['rest-2'] })
  const away = { user_id: 'crew-3', absence_id: 'crew-away', from: '2198-01-01', to: '2198-01-02' }
  await client.post('/absence/add', away)
  await client.post('/owners/set', { repository: 'crew/web', dialect: 'github', content: '* @crew-2' })
  await sql(`INSERT INTO simulation (workspace_id, simulation_id, request, status, actor)
    VALUES (1, 'done', '{"rules":[],"loadWeights":[1],"repository":null,"from":null,"to":null}', 'DONE', 'local')`)
  await sql(`INSERT INTO past_change
      (workspace_id, repository, change_id, author_id, reviewer_ids, written_at, landed_at, files)
    SELECT 1, 'crew/web', n, 'a', '{b}', at, at, '["a.ts"]'
    FROM generate_series(1, 500) AS g (n), LATERAL (SELECT timestamptz '2025-01-01Z' + n * interval '1 day') AS t (at)`)
  await client.post('/webhook/add', { webhook_id: 'crew-hook', url: 'https://hook.invalid/' })
  await sql(
    `INSERT INTO event (sequence, occurred_at, workspace_id, type, subject, team_name, actor, data)
     VALUES ($1, $2, 1, 'pullRequest.merged', 'pr-0', 'crew', 'local', '{}')`,
    [EVENT.sequence, EVENT.occurredAt],
  )
  await sql(`SELECT tandem_jobs.create_queue('crew-job', '{"policy": "exclusive"}')`)
  await sql(
    `INSERT INTO tandem_jobs.job_common (id, name, group_id, data, state) VALUES ($1, 'crew-job', '1', '{}', 'failed')`,
    [JOB_ID],
  )
}
