import { describe, expect, test } from 'bun:test'
import { aTeam, ids } from '../testing/builders.ts'
import { until } from '../testing/change-feed.ts'
import { freshDatabase } from '../testing/database.ts'
import {
  bodyOf,
  decisionsOf,
  exclusionsOf,
  kindsOf,
  open,
  replayed,
  sendAway,
  setPolicy,
  shown,
  untilFilled,
} from '../testing/deciding.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database, { FILL_SEATS_EVERY_MS: '30' })
const another = startServer(database, { FILL_SEATS_EVERY_MS: '30' })

function setOwners(repository: string, content: string, dialect = 'github') {
  return api.post('/owners/set', { repository, dialect, content })
}

/** Six members; 5 and 6 own docs, 6 alone owns docs/api; nobody owns the rest. */
async function owned(name: string, owners_mode: string, policy = 'least-loaded'): Promise<object> {
  await aTeam(api, { name, members: ids(`${name}-`, 6) })
  await setPolicy(api, name, { owners_mode, policy })
  bodyOf(await setOwners(name, `/docs/ @${name}-5 @${name}-6\n/docs/api/ @${name}-6\n`))
  return { repository: name }
}

function files(...paths: string[]): object {
  return { files: paths.map((path) => ({ path })) }
}

describe.each(['random', 'round-robin', 'least-loaded', 'expertise'])('under %s', (policy) => {
  test('require: nobody but owners is asked', async () => {
    const name = `require-${policy}`
    const repository = await owned(name, 'require', policy)

    for (const [index, id] of ids(`${name}-pr-`, 6).entries()) {
      const client = index % 2 === 0 ? api : another
      const reviewers = await open(client, id, `${name}-1`, { ...repository, ...files('docs/a.md', 'src/a.ts') })
      expect(reviewers.toSorted()).toEqual([`${name}-5`, `${name}-6`])
    }
    expect(await exclusionsOf(api, `${name}-pr-1`)).toMatchObject({ [`${name}-2`]: 'NOT_OWNER', [`${name}-5`]: null })
  })

  test('prefer: owners come first, then others', async () => {
    const name = `prefer-${policy}`
    const repository = await owned(name, 'prefer', policy)

    for (const id of ids(`${name}-pr-`, 6)) {
      const [first, second] = await open(api, id, `${name}-1`, { ...repository, ...files('docs/api/a.md') })
      expect(first).toBe(`${name}-6`)
      expect(ids(`${name}-`, 5)).toContain(second!)
    }
    const { candidates } = (await decisionsOf(api, `${name}-pr-1`))[0]!
    const setbacks = Object.fromEntries(candidates.map((each) => [each.user_id, each.setbacks]))
    expect(setbacks).toMatchObject({ [`${name}-2`]: ['NOT_OWNER'], [`${name}-6`]: [] })
    await sendAway(api, `${name}-6`)
    expect(await open(api, `${name} away`, `${name}-1`, { ...repository, ...files('docs/api/a.md') })).toHaveLength(2)
  })
})

test('off: owners are nothing special', async () => {
  const repository = await owned('off', 'off', 'round-robin')

  expect(await open(api, 'off', 'off-1', { ...repository, ...files('docs/a.md') })).toEqual(['off-2', 'off-3'])
})

test.each([
  ['nobody owns', { ...files('src/a.ts') }],
  ['are none', {}],
])('require: where the files %s, anybody is asked', async (how, more) => {
  const name = `free-${how.length}`
  const repository = await owned(name, 'require', 'round-robin')

  expect(await open(api, name, `${name}-1`, { ...repository, ...more })).toEqual([`${name}-2`, `${name}-3`])
})

test('require: where the repository is unknown or has no file, anybody is asked', async () => {
  await owned('unknown', 'require', 'round-robin')

  expect(await open(api, 'unknown-1', 'unknown-1', files('docs/a.md'))).toHaveLength(2)
  expect(await open(api, 'unknown-2', 'unknown-1', { repository: 'no/such', ...files('docs/a.md') })).toHaveLength(2)
})

test('require: an owner who is the author leaves the seat to other owners', async () => {
  const repository = await owned('author', 'require')

  expect(await open(api, 'author', 'author-5', { ...repository, ...files('docs/a.md') })).toEqual(['author-6'])
  expect(await shown(api, 'author')).toMatchObject({ missing_reviewers: 1, missing_reason: { code: 'NOT_OWNER' } })
})

test('require: owners who are absent make a vacancy, filled when one is back', async () => {
  const repository = await owned('absent', 'require')
  await sendAway(api, 'absent-5')
  await sendAway(api, 'absent-6', 1000)

  expect(await open(api, 'absent', 'absent-1', { ...repository, ...files('docs/a.md') })).toEqual([])

  expect(await shown(api, 'absent')).toMatchObject({ missing_reviewers: 2, missing_reason: { code: 'ABSENT' } })
  await until(async () => (await shown(api, 'absent')).assigned_reviewers.length === 1)
  expect((await shown(api, 'absent')).assigned_reviewers).toEqual(['absent-6'])
})

test('require: a team that asks anybody again fills its seats', async () => {
  const repository = await owned('loose', 'require')
  await open(api, 'loose', 'loose-6', { ...repository, ...files('docs/api/a.md') })
  expect(await shown(api, 'loose')).toMatchObject({ missing_reviewers: 2, missing_reason: { code: 'NOT_OWNER' } })

  await setPolicy(another, 'loose', { owners_mode: 'prefer' })

  await untilFilled(api, ['loose'])
  expect(await kindsOf(api, 'loose')).toEqual(['create', 'fill'])
})

test('require: a later push of files that others own fills the seats', async () => {
  const repository = await owned('push', 'require')
  await open(api, 'push', 'push-6', { ...repository, ...files('docs/api/a.md') })
  expect(await shown(api, 'push')).toMatchObject({ missing_reviewers: 2 })

  await api.post('/pullRequest/update', { pull_request_id: 'push', ...files('src/a.ts') })

  await untilFilled(api, ['push'])
  expect((await shown(api, 'push')).assigned_reviewers).toHaveLength(2)
})

test('require: a reassignment finds another owner, or nobody', async () => {
  const repository = await owned('again', 'require')
  await setPolicy(api, 'again', { reviewers_wanted: 1 })
  const [first] = await open(api, 'again', 'again-1', { ...repository, ...files('docs/a.md') })
  const reassign = (old_user_id: string) => api.post('/pullRequest/reassign', { pull_request_id: 'again', old_user_id })

  const { body } = await reassign(first!)
  expect(new Set([first, body.replaced_by])).toEqual(new Set(['again-5', 'again-6']))
  await sendAway(api, first!)
  expect((await reassign(body.replaced_by)).body.error.code).toBe('NO_CANDIDATE')
})

test('a file that is changed or removed counts in every process at once', async () => {
  const repository = await owned('changed', 'require')
  const pull = (client: typeof api, id: string) =>
    open(client, id, 'changed-1', { ...repository, ...files('docs/api/a.md') })
  for (const client of [api, another]) expect(await pull(client, client.url)).toEqual(['changed-6'])

  await setOwners('changed', '* @changed-2 @changed-3')
  await until(async () => (await pull(another, crypto.randomUUID())).toSorted().join() === 'changed-2,changed-3')
  expect((await pull(api, 'changed-own')).toSorted()).toEqual(['changed-2', 'changed-3'])

  await api.post('/owners/remove', { repository: 'changed' })
  await sendAway(api, 'changed-2')
  expect(await pull(api, 'changed-none')).toHaveLength(2)
})

test('owners may be the whole team, and in the dialect of GitLab', async () => {
  await aTeam(api, { name: 'lab', members: ids('lab-', 4) })
  await setPolicy(api, 'lab', { owners_mode: 'require' })
  await setOwners('lab/web', '[Docs]\n/docs/ @lab-3\n[Rest]\n*.ts @acme/lab\n', 'gitlab')
  const repository = { repository: 'lab/web' }

  expect(await open(api, 'lab-docs', 'lab-1', { ...repository, ...files('docs/a.md') })).toEqual(['lab-3'])
  expect(await open(api, 'lab-rest', 'lab-1', { ...repository, ...files('a.ts') })).toHaveLength(2)
})

test('after all of it no rule is broken, and every decision comes out the same again', async () => {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
  expect(await replayed(database)).toEqual({ replayed: expect.any(Number), differing: [] })
})
