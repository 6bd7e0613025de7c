import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { decisionsOf, kindsOf, merge, open, replayed, setPolicy, shown } from '../testing/deciding.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'
import { snapshotOf } from '../testing/snapshot.ts'

const database = await freshDatabase()
const api = startServer(database)
const another = startServer(database)

const DETAILS = {
  repository: 'shop/web',
  url: 'https://git.example.com/shop/web/pull/7',
  labels: ['urgent', 'search'],
  files: [{ path: 'src/search/index.ts', added: 40, deleted: 3 }, { path: 'README.md' }],
}

function update(pull_request_id: string, fields: object, headers: Record<string, string> = {}, client = api) {
  return client.post('/pullRequest/update', { pull_request_id, ...fields }, headers)
}

async function team(name: string, members = 5): Promise<string> {
  await aTeam(api, { name, members: ids(`${name}-`, members) })
  return `${name}-1`
}

describe('pullRequest/create', () => {
  test('takes what a pull request changes, answers with what the contract says, and get shows all', async () => {
    const author = await team('whole')
    const request = { ...aPullRequest({ id: 'whole', author }), ...DETAILS }

    const { status, body } = await api.post('/pullRequest/create', request)

    expect(status).toBe(201)
    expect(Object.keys(body.pr)).toEqual([
      'pull_request_id',
      'pull_request_name',
      'author_id',
      'status',
      'assigned_reviewers',
      'createdAt',
      'mergedAt',
    ])
    expect((await api.get('/pullRequest/get', { pull_request_id: 'whole' })).body).toEqual({
      ...body.pr,
      ...DETAILS,
      needMoreReviewers: false,
      missing_reviewers: 0,
      missing_reason: null,
      chosen_by_hand: [],
      shadow_reviewer: null,
      is_draft: false,
    })
  })

  test('takes 3,000 files and 100 labels', async () => {
    const author = await team('large')
    const files = ids('src/', 3000).map((path) => ({ path }))

    await open(api, 'large', author, { files, labels: ids('label-', 100) })

    expect(await shown(api, 'large')).toMatchObject({ files, labels: ids('label-', 100) })
  })
})

describe('pullRequest/update', () => {
  test('replaces what is given and leaves what is not', async () => {
    const author = await team('some')
    await open(api, 'some', author, DETAILS)
    const before = await shown(api, 'some')
    const steps: [object, object][] = [
      [{ labels: [] }, { labels: [] }],
      [{ files: [{ path: 'a.ts', added: 0 }] }, { files: [{ path: 'a.ts', added: 0 }] }],
      [{ pull_request_name: 'Renamed' }, { pull_request_name: 'Renamed' }],
      [
        { url: 'http://other.example/1', repository: 'shop/api' },
        { url: 'http://other.example/1', repository: 'shop/api' },
      ],
    ]
    const expected = { ...before }

    for (const [fields, change] of steps) {
      const { status, body } = await update('some', fields)
      Object.assign(expected, change)
      expect({ status, body }).toEqual({ status: 200, body: { pr: expected } })
      expect(await shown(api, 'some')).toEqual(expected)
    }

    expect(await kindsOf(api, 'some')).toEqual(['create'])
  })

  test('another name is shown wherever the pull request is', async () => {
    const author = await team('name')
    const [reviewer] = await open(api, 'name', author)
    await api.get('/users/getReview', { user_id: reviewer! })

    await update('name', { pull_request_name: 'Better' })

    const { body: reviews } = await api.get('/users/getReview', { user_id: reviewer! })
    const { body: list } = await api.get('/pullRequest/list', { author_id: author })
    expect([reviews.pull_requests[0].pull_request_name, list.pull_requests[0].pull_request_name]).toEqual([
      'Better',
      'Better',
    ])
  })

  test('reviewers stay on later pushes, whatever has changed', async () => {
    const author = await team('push')
    const reviewers = await open(api, 'push', author, DETAILS)
    await setPolicy(api, 'push', { policy: 'expertise', owners_mode: 'require', reviewers_wanted: 1 })
    await api.post('/users/setIsActive', { user_id: reviewers[0], is_active: false })

    for (const path of ids('pushed-', 5)) await update('push', { files: [{ path }], is_draft: false })

    expect(await shown(api, 'push')).toMatchObject({ assigned_reviewers: reviewers, files: [{ path: 'pushed-5' }] })
  })

  test('a merged pull request stays as it was merged', async () => {
    const author = await team('merged')
    await open(api, 'merged', author, DETAILS)
    await merge(api, 'merged')
    const before = await snapshotOf(database)

    const { status, body } = await update('merged', { labels: ['late'] })

    expect([status, body.error.code]).toEqual([409, 'PR_MERGED'])
    expect(await snapshotOf(database)).toEqual(before)
    expect(await shown(api, 'merged')).toMatchObject(DETAILS)
  })

  test('an unknown pull request is not found', async () => {
    const { status, body } = await update('no-such', { labels: ['x'] })

    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND'])
  })

  test('updates of different fields at once lose none of each other', async () => {
    const author = await team('both')
    await open(api, 'both', author)
    const changes = [{ labels: ['one'] }, { repository: 'r' }, { url: 'http://u.example/' }, { files: [{ path: 'f' }] }]

    await Promise.all(changes.map((change, index) => update('both', change, {}, index % 2 === 0 ? api : another)))

    expect(await shown(api, 'both')).toMatchObject(Object.assign({}, ...changes))
  })
})

describe('a draft', () => {
  test('has no reviewers, and gets them when it is ready', async () => {
    const author = await team('draft')
    expect(await open(api, 'draft', author, { is_draft: true, ...DETAILS })).toEqual([])
    expect(await shown(api, 'draft')).toMatchObject({ is_draft: true, needMoreReviewers: false, missing_reason: null })

    const { body } = await update('draft', { is_draft: false })

    expect(body.pr.assigned_reviewers).toHaveLength(2)
    expect(await shown(api, 'draft')).toEqual(body.pr)
    const decisions = await decisionsOf(api, 'draft')
    expect(decisions.map(({ kind, reviewers_wanted, actor }) => [kind, reviewers_wanted, actor])).toEqual([
      ['create', 0, 'local'],
      ['fill', 2, 'local'],
    ])
    for (const user_id of body.pr.assigned_reviewers) {
      const { body: reviews } = await api.get('/users/getReview', { user_id })
      expect(reviews.pull_requests).toHaveLength(1)
    }
  })

  test('gets them once, also when fifty updates to two processes say that it is ready', async () => {
    const author = await team('fifty', 8)
    await open(api, 'fifty', author, { is_draft: true })

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        update('fifty', { is_draft: false }, {}, index % 2 === 0 ? api : another),
      ),
    )

    const { assigned_reviewers } = await shown(api, 'fifty')
    expect(assigned_reviewers).toHaveLength(2)
    expect(answers.map(({ status, body }) => [status, body.pr.assigned_reviewers])).toEqual(
      answers.map(() => [200, assigned_reviewers]),
    )
    expect(await kindsOf(api, 'fifty')).toEqual(['create', 'fill'])
  })

  test('that it becomes again keeps its reviewers, and gets no others when it is ready', async () => {
    const author = await team('again')
    const reviewers = await open(api, 'again', author)

    await update('again', { is_draft: true })
    expect(await shown(api, 'again')).toMatchObject({ is_draft: true, assigned_reviewers: reviewers })
    await update('again', { is_draft: false })

    expect(await shown(api, 'again')).toMatchObject({ is_draft: false, assigned_reviewers: reviewers })
    expect(await kindsOf(api, 'again')).toEqual(['create'])
  })

  test('that is ready misses nobody when its team wants fewer by now', async () => {
    const author = await team('fewer', 2)
    await open(api, 'fewer', author)
    expect(await shown(api, 'fewer')).toMatchObject({ needMoreReviewers: true, missing_reviewers: 1 })
    await update('fewer', { is_draft: true })
    await setPolicy(api, 'fewer', { reviewers_wanted: 1 })

    const { body } = await update('fewer', { is_draft: false })

    expect(body.pr).toMatchObject({ needMoreReviewers: false, missing_reviewers: 0, missing_reason: null })
    expect(await shown(api, 'fewer')).toEqual(body.pr)
  })

  test('may be merged, and then needs nobody', async () => {
    const author = await team('early', 1)
    await open(api, 'early', author)
    expect(await shown(api, 'early')).toMatchObject({ needMoreReviewers: true })

    await merge(api, 'early')

    expect(await shown(api, 'early')).toMatchObject({ needMoreReviewers: false, status: 'MERGED' })
  })
})

describe('the same Idempotency-Key', () => {
  test('opens one pull request, and not another with other files', async () => {
    const author = await team('once')
    const send = (more: object) =>
      api.post('/pullRequest/create', { ...aPullRequest({ id: 'once', author }), ...more }, { 'Idempotency-Key': 'c1' })

    const first = await send(DETAILS)
    const again = await send(DETAILS)
    const other = await send({ ...DETAILS, files: [] })

    expect(again).toMatchObject({ status: 201, body: first.body })
    expect([other.status, other.body.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
    expect(await shown(api, 'once')).toMatchObject(DETAILS)
  })

  test('updates once', async () => {
    const author = await team('key')
    await open(api, 'key', author, { is_draft: true })
    const ready = () => update('key', { is_draft: false, labels: ['mine'] }, { 'Idempotency-Key': 'u1' })

    const first = await ready()
    await update('key', { labels: ['theirs'] })
    const again = await ready()

    expect(again.body).toEqual(first.body)
    expect(await shown(api, 'key')).toMatchObject({ labels: ['theirs'] })
    expect(await kindsOf(api, 'key')).toEqual(['create', 'fill'])
  })
})

describe('bad input changes nothing', () => {
  test.each<[string, object, string]>([
    ['too many files', { files: ids('f', 3001).map((path) => ({ path })) }, 'files'],
    ['a file without a path', { files: [{ added: 1 }] }, 'files[0].path'],
    ['a file of an empty path', { files: [{ path: '' }] }, 'files[0].path'],
    ['a file of a long path', { files: [{ path: 'x'.repeat(4097) }] }, 'files[0].path'],
    ['fewer lines than none', { files: [{ path: 'a', added: -1 }] }, 'files[0].added'],
    ['half a line', { files: [{ path: 'a', deleted: 0.5 }] }, 'files[0].deleted'],
    ['a file with something else', { files: [{ path: 'a', mode: 1 }] }, 'mode'],
    ['too many labels', { labels: ids('l', 101) }, 'labels'],
    ['an empty label', { labels: [''] }, 'labels[0]'],
    ['a URL that is none', { url: 'pull/7' }, 'url'],
    ['a URL that runs', { url: 'javascript:alert(1)' }, 'url'],
    ['a long URL', { url: `https://x.example/${'x'.repeat(2000)}` }, 'url'],
    ['no repository', { repository: null }, 'repository'],
    ['a draft or not', { is_draft: 'no' }, 'is_draft'],
    ['a path with NUL', { files: [{ path: 'a\0b' }] }, 'files[0].path'],
  ])('%s', async (_, fields, names) => {
    if ((await api.get('/team/get', { team_name: 'bad' })).status === 404) await open(api, 'bad', await team('bad'))
    const before = await snapshotOf(database)

    for (const answer of [
      await update('bad', fields),
      await api.post('/pullRequest/create', { ...aPullRequest({ id: 'bad-2', author: 'bad-1' }), ...fields }),
    ]) {
      const { status, body } = answer
      expect({ status, code: body.error.code }).toEqual({ status: 400, code: 'INVALID_REQUEST' })
      expect(body.error.message).toContain(names)
    }

    expect(await snapshotOf(database)).toEqual(before)
  })

  test('an update of nothing', async () => {
    const { status, body } = await update('bad', {})

    expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST'])
  })
})

test('after all of it no rule is broken, and every decision comes out the same again', async () => {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
  expect(await replayed(database)).toEqual({ replayed: expect.any(Number), differing: [] })
})
