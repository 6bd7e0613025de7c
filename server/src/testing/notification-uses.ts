const person = { audience: 'user', recipientId: 'u1' }
const channelKey = { ...person, channel: 'email' }
const messageId = '00000000-0000-0000-0000-000000000001'
const wait = {
  pullRequestId: 'pr10',
  reviewerId: 'u111',
  decision: 2,
  teamName: 't11',
  sinceAt: '2026-01-01T00:00:00Z',
}
const wishes = {
  language: 'ru',
  timeZone: null,
  quietHours: null,
  digestMinutes: 5,
  kinds: ['assigned'],
}

/** `uses` of the query functions of notifications. */
export const notificationUses: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  findWishes: [['u1']],
  lockWishes: [['u1']],
  updateWishes: [['u1', wishes]],
  findTeamWishes: [['t1']],
  lockTeamWishes: [['t1']],
  updateTeamWishes: [['t1', { ...wishes, nudgeHours: 1, proposeHours: 2, memberDefaults: wishes }]],
  listTeamNamed: [['t1']],
  listChannels: [[person]],
  lockOwnChannels: [[person]],
  replaceChannels: [[person, [{ kind: 'slack', address: 'https://chat.example/', secret: null }], 1]],
  lockChannels: [[[person, { audience: 'team', recipientId: 't1' }]]],
  insertNotifications: [
    [[{ ...channelKey, kind: 'assigned', source: '4.1', sequence: 4, pullRequestId: 'pr10', data: { decision: 1 } }]],
  ],
  listNotifications: [
    [person, { before: null, limit: 51 }],
    [person, { before: 1000, limit: 51 }],
  ],
  forgetOldNotifications: [[90]],
  listStranded: [[{ minutes: 30, limit: 1000 }]],
  lockOutgoing: [[channelKey, 24]],
  claimWaiting: [[channelKey, messageId, 1000]],
  listMessage: [[channelKey, messageId]],
  settleNotifications: [[{ notificationIds: [1, 2, 3], status: 'sent', problem: null }]],
  clearOutgoing: [[channelKey]],
  dropWaiting: [[channelKey]],
  ensureLinkKey: [['key']],
  listAcknowledged: [[[{ pullRequestId: 'pr10', userId: 'u111' }]]],
  beginRelay: [[1]],
  isAnybodyTold: [[]],
  skipUnwanted: [[1]],
  lockCursor: [[]],
  moveCursor: [[1]],
  listEventRows: [
    [{ after: 100_000, upTo: 10_000_000, types: ['pullRequest.opened', 'pullRequest.merged'], limit: 1000 }],
  ],
  listAuthors: [[['pr1', 'pr2', 'pr99999999']]],
  listTeamsWithReminders: [[]],
  upsertWaits: [[[wait]]],
  deleteWaitsOf: [[['pr1', 'pr2']]],
  insertWaitsOfTeam: [['t1']],
  renewWaitsOfTeam: [['t1']],
  deleteWaitsOfTeam: [['t1']],
  lockDueWaits: [[{ now: '2026-01-10T00:00:00Z', limit: 10 }]],
  updateWaits: [[[{ pullRequestId: 'pr10', reviewerId: 'u111', nudgedAt: null, nextAt: '2026-01-11T00:00:00Z' }]]],
}
