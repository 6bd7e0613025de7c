import { notificationUses } from './notification-uses.ts'

/** What every query function is tried with, in a database that `infra/db/plans.db.test.ts` fills. */

/** These read a whole table or window by what they answer, and are asked seldom. */
export const readsEverything: Readonly<Record<string, string>> = {
  listUserLoads: 'statistics: everybody, with all decisions of the window',
  listPullRequestLoads: 'statistics: the busiest of all decisions of the window',
  listTeamCounts: 'statistics: counts all pull requests of all teams',
  sumGivenEffort: 'who was given how much: all pull requests of ten weeks, in the background',
  countDecisions: 'the total shown while replaying, once per replay',
  listHistories: 'the status of the history: counts all changes that were imported',
  getHistorySummary: 'a simulation: counts the whole history, once when it starts',
  listHistoryAsJson: 'a simulation: looks at all pull requests that were merged for those that have files',
  listTrialTeams: 'comparing policies: counts all decisions of the window that a trial policy made too',
}

function ids(prefix: string, ...numbers: number[]) {
  return numbers.map((n) => `${prefix}${n}`)
}
const members = ids('u', 1, 2, 3, 777)
const told = {
  eventId: '4.1',
  type: 'a.b',
  eventCount: 1,
  attempt: 1,
  isRedelivery: false,
  httpStatus: 200,
  problem: null,
  durationMs: 1,
}
const decision = {
  kind: 'create',
  teamName: 't1',
  rosterVersion: 1,
  policy: 'random',
  policyVersion: 1,
  seed: 1,
  wanted: 2,
  authorId: 'u1',
  keptIds: [],
  replacedId: null,
  lastInRotation: null,
  rosterSize: 50,
  positions: null,
  people: [],
  openReviews: [],
  circumstances: null,
  knowledge: null,
  assignedIds: ['u101', 'u201'],
}
function nobodyAt(): Promise<[]> {
  return Promise.resolve([])
}

const newPullRequests = ids('new', 1, 2).map((pullRequestId) => ({
  pullRequestId,
  pullRequestName: 'name',
  decision,
  actor: 'local',
  traceparent: null,
  extras: null,
}))
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const merges = ids('pr', 1, 2, 3).map((pullRequestId) => ({ pullRequestId, actor: 'local', traceparent: null }))
const vacancy = { missing: 1, reason: 'AT_CAP', triedVersion: 1, retryAt: '2026-01-01T00:00:00Z' }
const extras = {
  isDraft: false,
  details: { repository: 'engine', files: [['a.ts', 1, 2]] },
  effort: 2,
  shadowId: 'u7',
  vacancy,
  trial: decision,
}
const seating = { pullRequestId: 'pr10', reviewerIds: ['u111', 'u301'], vacancy: null, trial: decision, actor: 'local' }
const reassignments = ids('pr', 10, 20).map((pullRequestId) => ({
  pullRequestId,
  reviewerIds: ['u301', 'u401'],
  decisions: [{ ...decision, kind: 'reassign', assignedIds: ['u301'] }],
  actor: 'local',
}))
const assumedPullRequests = newPullRequests.map((row) => ({ ...row, decision: { ...decision, rosterVersion: 5 } }))
const byNobody = { actor: 'local', traceparent: null }
const assumedReassignments = [
  { pullRequestId: 'pr10', before: ['u111', 'u1711'], reviewerIds: ['u301', 'u1711'] },
  { pullRequestId: 'pr20', before: ['u121', 'u1721'], reviewerIds: ['u121', 'u301'] },
].map((row) => ({ ...row, decision: { ...decision, rosterVersion: 5, assignedIds: ['u301'] }, ...byNobody }))
const deactivation = { deactivationId: 'new', teamName: 't1', userIds: ['u1'], moves: [] }
const pastChange = {
  repository: 'engine',
  changeId: 'c17280',
  authorId: 'u1',
  reviewerIds: ['u2'],
  files: ['a.ts'],
  renames: [],
  deleted: [],
  landedAt: Date.UTC(2026, 0, 13),
  writtenAt: Date.UTC(2026, 0, 12),
  lines: 7,
}
const newMessages = [
  { room: 'team/t1', userId: 'u1', clientId: 'c100', text: 'sent again' },
  { room: 'team/t1', userId: 'u1', clientId: 'new', text: 'new' },
  { room: 'pullRequest/pr20', userId: 'u2', clientId: 'new', text: 'the first one' },
]
const window = { from: null, to: null, teamName: null }
const trialPlace = { decidedAt: '2026-01-10T00:00:00Z', pullRequestId: 'pr1', number: 1 }
const noWindow = { repository: null, from: null, to: null }
const noFilter = { status: null, teamName: null, authorId: null, reviewerId: null }
const newestEvents = { from: 100_000, upTo: 10_000_000, limit: 51 }
const newest = { before: null, limit: 51 }
const older = { before: ['2026-01-10T00:00:00Z', 'pr1'], limit: 51 }

/** These make a part of statements. */
export const parts = new Set(['unchangedTeams', 'versionsOf', 'jsonArray', 'isAmong', 'told', 'traceSql'])

/** Arguments after the workspace (and the executor, where the function takes one), for each way a statement is used. */
export const uses: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  // people
  lockLimits: [[members]],
  lockRosters: [[ids('t', 1, 2)]],
  lockRotations: [[ids('t', 1, 2)]],
  updateRotations: [[new Map([['t1', 'u1']])]],
  listTeamsOfUsers: [[members]],
  listTeamsWithTurns: [[ids('t', 1, 2)]],
  listRosters: [[[{ teamName: 't1' }, { teamName: 't2' }]]],
  listRosterAt: [['t1', 1]],
  findStandingAt: [['t1', 1, 'u1']],
  holdMembership: [[]],
  lockMembership: [[]],
  lockTeamsOfUsers: [[members]],
  lockTeam: [['t1']],
  insertTeam: [['new']],
  insertMembers: [['empty', members.map((userId) => ({ userId, username: 'name', isActive: true })), 'local']],
  updateActiveFlags: [[members.map((userId) => ({ userId, isActive: false, actor: 'local' }))]],
  updatePolicy: [['t1', { policy: 'random', reviewersWanted: 1 }]],
  findPolicy: [['t1']],
  raiseVersion: [['t1']],
  listTraits: [[ids('t', 1, 2)]],
  findMember: [['u1']],
  upsertLimits: [['u1', { maxOpenReviews: 3, isNeverAssigned: true, neverAuthorIds: ['u2'], workingHours: null }]],
  upsertRamp: [['t1', 'u100', { level: 'shadow', mentorId: 'u200' }]],
  deleteRamp: [['t1', 'u100']],
  insertAbsence: [
    [{ absenceId: 'new', userId: 'u1', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', source: 'hand' }],
  ],
  findAbsence: [['a1']],
  countAbsences: [['u1', 1001]],
  deleteAbsences: [[['a1', 'a2']]],
  listCalendarSpans: [['u1']],
  insertCalendarSpans: [['u1', [{ startsMs: 0, endsMs: 1 }]]],
  listAbsences: [
    [
      { userId: null, teamName: null, from: null },
      { after: null, limit: 51 },
    ],
    [
      { userId: null, teamName: null, from: null },
      { after: ['u2', '2026-01-01T00:00:00Z', 'a1'], limit: 51 },
    ],
    [
      { userId: 'u1', teamName: null, from: null },
      { after: null, limit: 51 },
    ],
    [
      { userId: null, teamName: 't1', from: '2026-01-01T00:00:00Z' },
      { after: null, limit: 51 },
    ],
  ],
  upsertCalendarUrl: [['u1', 'https://calendar.example/']],
  claimCalendars: [[15, 8]],
  updateCalendarOutcome: [[{ userId: 'u1', url: 'https://calendar.example/' }, null]],
  listTeamsAsJson: [[['t1', 't2']]],
  listTeams: [[{ after: null, limit: 21 }], [{ after: 't50', limit: 21 }]],
  findUsers: [[['u1', 'u2']]],
  listUsers: [
    [{ teamName: null, isActive: null, after: null, limit: 51 }],
    [{ teamName: 't1', isActive: null, after: 'u1', limit: 51 }],
    [{ teamName: 't1', isActive: true, after: null, limit: 51 }],
    [{ teamName: null, isActive: true, after: 'u2', limit: 51 }],
  ],
  // reviews
  insertPullRequests: [[newPullRequests], [newPullRequests.map((row) => ({ ...row, extras, traceparent }))]],
  insertAssumedPullRequests: [
    [assumedPullRequests],
    [assumedPullRequests.map((row) => ({ ...row, extras }))],
    [assumedPullRequests.map((row) => ({ ...row, traceparent }))],
  ],
  updateAssumedReviewers: [[assumedReassignments], [assumedReassignments.map((row) => ({ ...row, traceparent }))]],
  updateReviewers: [
    [reassignments],
    [reassignments.map((row) => ({ ...row, vacated: 1, reason: 'EVERY_TEAMMATE_EXCLUDED', triedVersion: 0 }))],
  ],
  listVacancies: [[200]],
  countVacancies: [[]],
  tryLockSeats: [['t1']],
  lockVacancies: [[ids('pr', 1, 2, 40_000)]],
  seatReviewers: [
    [[{ ...seating, decision: { ...decision, kind: 'fill', assignedIds: ['u301'] } }]],
    [[{ ...seating, reviewerIds: ['u111'], vacancy, decision: null, trial: null }]],
  ],
  seatByHand: [
    [
      {
        pullRequestId: 'pr10',
        reviewerIds: ['u111', 'u301'],
        missing: 0,
        decision: { ...decision, assignedIds: ['u301'] },
        actor: 'local',
      },
    ],
  ],
  markChosen: [['pr10', 'u111', 'local']],
  updateDetails: [
    [
      { pullRequestId: 'pr10', pullRequestName: 'other', isDraft: false, details: { labels: ['urgent'] }, effort: 1 },
      'local',
    ],
    [{ pullRequestId: 'pr10', pullRequestName: 'other', isDraft: true, details: null, effort: 1 }, 'local'],
  ],
  lockShadows: [[ids('t', 1, 2)]],
  countShadows: [[ids('t', 1, 2)]],
  listMergedPullRequests: [
    [{ after: { mergedAt: '2026-02-01T00:00:00Z', pullRequestId: '' }, limit: 200 }],
    [{ after: { mergedAt: '2026-02-01T00:00:00Z', pullRequestId: 'pr7' }, limit: 200 }],
  ],
  findMergedPullRequests: [[ids('pr', 1, 2, 99_999_999)]],
  sumGivenEffort: [['2026-01-10T00:00:00Z', 14]],
  anyTeamUsesExpertise: [[]],
  insertDeactivation: [[deactivation, 'local']],
  lockDeactivation: [
    ['t1', null],
    ['t1', 'd1'],
  ],
  markUndone: [['d1']],
  listDecisions: [['pr1', nobodyAt]],
  listAllDecisions: [
    [{ after: { pullRequestId: '', number: 0 }, limit: 500 }, nobodyAt],
    [{ after: { pullRequestId: 'pr7', number: 1 }, limit: 500 }, nobodyAt],
  ],
  findDecisions: [[[{ pullRequestId: 'pr1', number: 1 }], nobodyAt]],
  upsertAcknowledgement: [[{ pullRequestId: 'pr10', userId: 'u111', teamName: 't11', actor: 'local' }]],
  listReviewerChanges: [['pr1']],
  countDecisions: [[]],
  lockPullRequests: [[ids('pr', 1, 2, 40_000)]],
  lockOpenReviewsOf: [[members]],
  mergePullRequests: [[merges], [merges.map((row) => ({ ...row, traceparent }))]],
  listExistingIds: [[ids('pr', 1, 2, 99_999_999)]],
  countOpenReviews: [[members]],
  findPullRequests: [[ids('pr', 1, 2, 99_999_999)]],
  listReviewsAsJson: [[['u1', 'u2']]],
  listPullRequests: [
    [noFilter, newest],
    [noFilter, older],
    [{ ...noFilter, status: 'OPEN' }, newest],
    [{ ...noFilter, teamName: 't1' }, older],
    [{ ...noFilter, authorId: 'u1' }, newest],
    [{ ...noFilter, reviewerId: 'u1' }, newest],
    [{ ...noFilter, reviewerId: 'u1' }, older],
    [{ ...noFilter, status: 'OPEN', reviewerId: 'u2' }, newest],
    [{ ...noFilter, status: 'MERGED', authorId: 'u3' }, newest],
    [{ ...noFilter, status: 'OPEN', teamName: 't1' }, newest],
  ],
  // history
  insertPastChanges: [[[pastChange, { ...pastChange, changeId: 'new' }]]],
  listPastChanges: [
    [{ after: null, since: '2026-01-10T00:00:00Z', limit: 500 }],
    [{ after: pastChange, since: '2026-01-10T00:00:00Z', until: '2026-01-20T00:00:00Z', limit: 500 }],
  ],
  listPastChangesImportedSince: [
    [{ after: null, since: '2026-02-01T00:00:00Z', limit: 500 }],
    [{ after: { ...pastChange, importedAt: '2026-02-01T00:00:00Z' }, since: '2026-02-01T00:00:00Z', limit: 500 }],
  ],
  listHistories: [[null], ['engine']],
  // owners
  upsertOwners: [[{ repository: 'engine', dialect: 'github', content: '* @u1' }, 'local']],
  deleteOwners: [['engine']],
  findOwnersFiles: [[['engine', 'web']]],
  listChangedFiles: [[new Map([['web', '2026-01-10T00:00:00Z']])]],
  // simulation
  failSilentSimulations: [[]],
  insertSimulation: [['new', {}, 'local']],
  findRunningSimulation: [[]],
  updateProgress: [['s1', 0.5]],
  endSimulation: [['s1', { failure: 'It failed.' }]],
  findSimulation: [['s1']],
  listSimulations: [[newest], [older]],
  getHistorySummary: [[noWindow, 500_001]],
  listHistoryAsJson: [[noWindow, { after: null, limit: 500, tellsRepository: true }]],
  listTrialTeams: [[{ teamName: null, from: '2026-01-01T00:00:00Z', to: null }, 200_000]],
  listTrialDecisions: [
    [{ teamName: 't1', after: trialPlace, to: null, limit: 100 }],
    [{ teamName: 't1', after: trialPlace, to: '2026-01-10T01:00:00Z', limit: 100 }],
  ],
  listActiveIds: [['t1']],
  // insights
  listUserLoads: [[window]],
  listPullRequestLoads: [[window, 100]],
  listTeamCounts: [[null]],
  // events
  listStoredEvents: [
    [{ teamName: null, subject: null, types: null }, newestEvents],
    [{ teamName: 't1', subject: null, types: null }, newestEvents],
    [{ teamName: null, subject: 'pr10', types: null }, newestEvents],
    [{ teamName: null, subject: null, types: ['webhook.disabled'] }, newestEvents],
    [{ teamName: null, subject: 'pr10', types: ['pullRequest.merged'] }, newestEvents],
  ],
  // jobs
  listJobs: [
    [{ state: 'dead', kind: null, ...newest }],
    [{ state: 'done', kind: 'kind-1', ...newest }],
    [
      {
        state: 'dead',
        kind: null,
        before: ['2026-01-10T00:00:00Z', '00000000-0000-0000-0000-000000000001'],
        limit: 51,
      },
    ],
  ],
  findJob: [['00000000-0000-0000-0000-000000000010']],
  reviveJob: [['00000000-0000-0000-0000-000000000010']],
  insertWebhook: [
    [
      {
        webhookId: 'new',
        batchSize: null,
        url: 'https://a.example/',
        types: [],
        teamName: null,
        secret: 's',
        actor: 'local',
        sequence: 1,
      },
    ],
  ],
  deleteWebhook: [['w1']],
  updateSecret: [['w1', 's', 24]],
  enableWebhook: [['w1']],
  countWebhooks: [[]],
  listWebhooks: [[{ after: null, limit: 51 }], [{ after: 'w1', limit: 51 }]],
  findEndpoint: [['w1']],
  claimEndpoints: [[{ upTo: 1, limit: 20, leaseMs: 1000 }]],
  releaseEndpoint: [['w1']],
  noteTold: [['w1', { sequence: 1, leaseMs: 0 }]],
  noteFailure: [['w1', { problem: 'it answers with status 500', pauseMs: 1, giveUpAfterMs: 1, isGone: false }]],
  insertDeliveries: [['w1', [told]]],
  insertDelivery: [['w1', told]],
  listDeliveries: [
    ['w1', { before: null, limit: 51 }],
    ['w1', { before: 100, limit: 51 }],
  ],
  forgetOldDeliveries: [[90]],
  tryToLead: [['amqp']],
  findPosition: [['amqp']],
  updatePosition: [['amqp', 1]],
  findRelayLag: [['amqp'], ['new']],
  findWebhookLag: [[]],
  // rooms
  lockRooms: [[newMessages]],
  findRooms: [[['pullRequest/pr10', 'team/t1', 'team/none']]],
  listLastNumbers: [[['pullRequest/pr10', 'team/none']]],
  insertMessages: [[newMessages]],
  listMessagesAfter: [
    [
      [
        { room: 'team/t1', after: 100 },
        { room: 'pullRequest/pr10', after: 0 },
      ],
      50,
    ],
  ],
  listMessagesBefore: [
    [{ room: 'team/t1', before: Number.MAX_SAFE_INTEGER }, 51],
    [{ room: 'team/t1', before: 400 }, 51],
  ],
  ...notificationUses,
  // idempotency
  claimKeys: [
    [
      [
        { key: 'k1', fingerprint: 'f' },
        { key: 'new', fingerprint: 'f' },
      ],
    ],
  ],
  findOutcome: [[{ key: 'k1', fingerprint: 'f' }], [{ key: 'new', fingerprint: 'f' }]],
  storeOutcomes: [[new Map([['k1', { ok: true, value: 1 }]])]],
  forgetOldKeys: [[24]],
}
