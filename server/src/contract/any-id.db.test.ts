import { describe, expect, test } from 'bun:test'
import { freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const api = startServer(await freshDatabase())

const anyIds: Record<string, string> = {
  'a UUID': '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  'an e-mail address': 'ada+reviews@example.org',
  slashes: 'org/repo/pull/17',
  'dots that look like a path': '../../etc/passwd',
  'spaces, also at the ends': '  two  words ',
  'percent signs': '100%25%2F%zz%',
  'the marks of a query string': '?a=1&b=2#c;d+e',
  'quotes and backslashes': `'"\`\\\\'--`,
  SQL: `'; DROP TABLE member; --`,
  'braces of an array': '{a,"b",NULL}',
  markup: '<script>alert(1)</script>',
  'a line break and a tab': 'one\r\ntwo\tthree',
  'control characters': '\u0001\u001b\u007f\u0085',
  'letters of many scripts': 'Łukasz Жанна 王小明 محمد नमस्ते',
  'right-to-left marks': '\u202eabc\u200f',
  'emoji with joiners': '👩🏽‍💻🏳️‍🌈',
  'characters outside the basic plane': '𝔘𝔫𝔦𝔠𝔬𝔡𝔢',
  'one half of composed letters': 'e\u0301',
  'the other half of composed letters': '\u00e9',
  'a name of every object': '__proto__',
  'another name of every object': 'constructor',
  'the word null': 'null',
  'a number': '0042',
  'the replacement character': '\ufffd',
  'a byte order mark': '\ufeffbom',
  '255 characters': 'x'.repeat(255),
  '255 emoji': '🚀'.repeat(255),
}

async function addTeam(team_name: string, userIds: readonly string[]): Promise<void> {
  const members = userIds.map((user_id) => ({ user_id, username: 'Member', is_active: true }))
  expect((await api.post('/team/add', { team_name, members })).status).toBe(201)
}

/** Different characters outside the basic plane, four bytes each and not to be compressed. */
function astral(seed: number): string {
  let state = seed
  return Array.from({ length: 255 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return String.fromCodePoint(0x10000 + (state >>> 12))
  }).join('')
}

/** What was added to the contract: `id` and `mate` are of one team, `id` reviews the pull request `id`. */
async function namesNewThings(id: string, mate: string): Promise<void> {
  const details = { repository: id, labels: [id], files: [{ path: id, added: 1, deleted: 2 }] }
  const updated = await api.post('/pullRequest/update', { pull_request_id: id, pull_request_name: id, ...details })
  expect([updated.status, updated.body.pr]).toEqual([
    200,
    expect.objectContaining({ pull_request_name: id, ...details }),
  ])
  const chosen = await api.post('/pullRequest/assign', { pull_request_id: id, user_id: mate })
  expect([chosen.status, chosen.body.pr.chosen_by_hand]).toEqual([200, [mate]])
  expect((await api.get('/pullRequest/get', { pull_request_id: id })).body).toEqual(chosen.body.pr)

  const limits = await api.post('/member/setLimits', { user_id: id, never_assign_authors: [id] })
  expect(limits.body.limits).toMatchObject({ user_id: id, never_assign_authors: [id] })
  await addTeam(`pair of ${mate}`.slice(0, 200), [mate, `pupil of ${mate}`])
  const ramp = await api.post('/member/setRamp', { user_id: `pupil of ${mate}`, level: 'newcomer', mentor_id: mate })
  expect(ramp.body.ramp).toMatchObject({ user_id: `pupil of ${mate}`, mentor_id: mate })
  const absence = { absence_id: id, user_id: id, from: '2198-01-01', to: '2198-01-02' }
  expect((await api.post('/absence/add', absence)).body.absence).toMatchObject({ absence_id: id, user_id: id })
  expect((await api.get('/absence/list', { user_id: id })).body.absences).toHaveLength(1)
  expect((await api.get('/member/get', { user_id: id })).body).toMatchObject({
    user_id: id,
    absences: [{ absence_id: id }],
  })
  expect((await api.post('/absence/remove', { absence_id: id })).status).toBe(200)

  const address = { kind: 'slack', address: 'https://chat.invalid/' }
  const wished = await api.post('/notification/setPreferences', { user_id: id, channels: [address] })
  expect([wished.status, wished.body.preferences.user_id]).toEqual([200, id])
  expect((await api.get('/notification/getPreferences', { user_id: id })).body).toEqual(wished.body.preferences)
  const acknowledged = await api.post('/pullRequest/acknowledge', { pull_request_id: id, user_id: mate })
  expect(acknowledged.body.acknowledged).toMatchObject({ pull_request_id: id, user_id: mate })

  const owners = { repository: id, dialect: 'github', content: '* @ada' }
  expect((await api.post('/owners/set', owners)).body.owners.repository).toBe(id)
  expect((await api.get('/owners/get', { repository: id })).body).toMatchObject(owners)
  expect((await api.post('/owners/remove', { repository: id })).body).toEqual({ removed: { repository: id } })
}

describe.each(Object.entries(anyIds))('%s', (_, id) => {
  test('name a team, a user, a username and a pull request in every operation', async () => {
    const mate = `mate of ${id}`.slice(0, 200)
    const author = `author of ${id}`.slice(0, 200)
    const member = { user_id: id, username: id, is_active: true }
    const others = [author, mate].map((user_id) => ({ user_id, username: 'Other', is_active: true }))
    const user = { ...member, team_name: id }

    const added = await api.post('/team/add', { team_name: id, members: [member, ...others] })
    expect([added.status, added.body.team.team_name]).toEqual([201, id])
    expect(added.body.team.members).toContainEqual(member)
    expect((await api.get('/team/get', { team_name: id })).body).toEqual(added.body.team)
    expect((await api.get('/users/get', { user_id: id })).body).toEqual(user)
    expect((await api.get('/users/list', { team_name: id })).body.users).toContainEqual(user)
    expect((await api.post('/users/setIsActive', { user_id: id, is_active: true })).body).toEqual({ user })
    expect((await api.post('/team/setPolicy', { team_name: id, policy: 'random' })).body.policy.team_name).toBe(id)

    const created = await api.post('/pullRequest/create', {
      pull_request_id: id,
      pull_request_name: id,
      author_id: author,
    })
    const { pr } = created.body
    expect(created.status).toBe(201)
    expect([pr.pull_request_id, pr.pull_request_name, pr.author_id]).toEqual([id, id, author])
    expect(pr.assigned_reviewers.toSorted()).toEqual([id, mate].toSorted())
    expect((await api.get('/pullRequest/get', { pull_request_id: id })).body).toMatchObject(pr)
    for (const query of [{ team_name: id }, { reviewer_id: id }, { author_id: author }]) {
      expect((await api.get('/pullRequest/list', query)).body).toEqual({ pull_requests: [pr], next_cursor: null })
    }
    const short = { pull_request_id: id, pull_request_name: id, author_id: author, status: 'OPEN' }
    expect((await api.get('/users/getReview', { user_id: id })).body).toEqual({ user_id: id, pull_requests: [short] })
    expect((await api.get('/stats/get', { team_name: id })).body.by_user).toHaveLength(3)

    await addTeam(`new ${author}`, [id, `substitute ${author}`])
    const moved = await api.post('/pullRequest/reassign', { pull_request_id: id, old_user_id: id })
    expect([moved.status, moved.body.pr.pull_request_id]).toEqual([200, id])
    const back = await api.post('/pullRequest/reassign', { pull_request_id: id, old_user_id: moved.body.replaced_by })
    expect(back.body.replaced_by).toBe(id)

    const decision = await api.get('/decision/get', { pull_request_id: id })
    expect([decision.body.pull_request_id, decision.body.decisions.length]).toEqual([id, 3])
    const whyNot = await api.get('/decision/whyNot', { pull_request_id: id, user_id: id })
    expect([whyNot.body.user_id, whyNot.body.reason]).toEqual([id, 'CHOSEN'])

    const gone = await api.post('/team/deactivateMembers', { team_name: id, user_ids: [mate] })
    expect(gone.body.deactivation.moves.map((move: { pull_request_id: string }) => move.pull_request_id)).toEqual([id])
    const undone = await api.post('/team/undoDeactivation', { team_name: id })
    expect([undone.body.undo.team_name, undone.body.undo.activated]).toEqual([id, [mate]])

    await namesNewThings(id, mate)

    const merged = await api.post('/pullRequest/merge', { pull_request_id: id })
    expect([merged.status, merged.body.pr.pull_request_id, merged.body.pr.status]).toEqual([200, id, 'MERGED'])
  })
})

test('ids that differ only in how a letter is composed are different ids', async () => {
  await addTeam('composed', ['o\u0308', '\u00f6'])

  expect((await api.get('/team/get', { team_name: 'composed' })).body.members).toHaveLength(2)
})

test('ids that differ only in case or in spaces are different ids', async () => {
  const members = ['Case', 'case', 'case ', ' case']
  await addTeam('cases', members)

  const { body } = await api.get('/team/get', { team_name: 'cases' })
  expect(body.members.map(({ user_id }: { user_id: string }) => user_id)).toEqual(members.toSorted())
})

test('a space in a query may be written as + or as %20', async () => {
  await addTeam('two words', [])

  for (const written of ['two+words', 'two%20words', '%74wo%20words']) {
    const response = await fetch(`${api.url}/team/get?team_name=${written}`)
    expect(await response.json()).toEqual({ team_name: 'two words', members: [] })
  }
})

test('ids may be written with escapes in JSON', async () => {
  const response = await fetch(`${api.url}/team/add`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: String.raw`{"team_name": "\u0065\ud83d\ude00\/", "members": []}`,
  })

  expect(await response.json()).toEqual({ team: { team_name: 'e😀/', members: [] } })
})

test('a team, its members and their names may be 255 characters that take four bytes each', async () => {
  const team = { team_name: astral(1), members: [{ user_id: astral(2), username: astral(3), is_active: true }] }

  const added = await api.post('/team/add', team)

  expect([added.status, added.body]).toEqual([201, { team }])
  expect((await api.get('/team/get', { team_name: team.team_name })).body).toEqual(team)
})

test('a pull request, its author and its reviewers may have ids of 255 characters that take four bytes each', async () => {
  const [author, one, two] = [astral(4), astral(5), astral(6)]
  await addTeam('four bytes', [author, one, two])

  const created = await api.post('/pullRequest/create', {
    pull_request_id: astral(7),
    pull_request_name: astral(8),
    author_id: author,
  })

  expect(created.status).toBe(201)
  expect(created.body.pr.assigned_reviewers.toSorted()).toEqual([one, two].toSorted())
})

test('lists go on after an id of 255 control characters', async () => {
  const members = ['\u0001', '\u0002'].map((character) => character.repeat(255))
  await addTeam('control', members)
  const first = await api.get('/users/list', { team_name: 'control', limit: '1' })

  const second = await api.get('/users/list', { team_name: 'control', limit: '1', cursor: first.body.next_cursor })

  expect(second.status).toBe(200)
  expect(second.body.users.map(({ user_id }: { user_id: string }) => user_id)).toEqual([members[1]])
})
