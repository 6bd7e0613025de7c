import { describe, expect, test } from 'bun:test'
import { freshDatabase } from '../../testing/database.ts'
import { startServer } from '../../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database)

const NOT_FOUND = { code: 'NOT_FOUND', message: expect.stringContaining('CODEOWNERS') }

function set(repository: string, content: string, dialect = 'github') {
  return api.post('/owners/set', { repository, dialect, content })
}

describe('POST /owners/set', () => {
  test('stores a file and tells what was understood of it', async () => {
    const { status, body } = await set('acme/web', '* @ada\n!*.md @bob\n/docs/ @acme/writers\n')

    expect(status).toBe(200)
    expect(body).toEqual({
      owners: {
        repository: 'acme/web',
        dialect: 'github',
        rules: 2,
        errors: [{ line: 2, message: 'A pattern cannot be negated with ! here.' }],
        updated_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    })
  })

  test('done again changes nothing, not even when it was done', async () => {
    const first = await set('again', '* @ada')
    const second = await set('again', '* @ada')
    const other = await set('again', '* @bob')

    expect(second.body).toEqual(first.body)
    expect(other.body.owners.updated_at).not.toBe(first.body.owners.updated_at)
  })

  test('takes another dialect for the same content as a change', async () => {
    const first = await set('dialect', '[A]\n* @ada')
    const second = await set('dialect', '[A]\n* @ada', 'gitlab')

    expect([first.body.owners.errors.length, second.body.owners.errors.length]).toEqual([1, 0])
    expect(second.body.owners.updated_at).not.toBe(first.body.owners.updated_at)
  })

  test('gives one answer to one Idempotency-Key', async () => {
    const body = { repository: 'keyed', dialect: 'gitlab', content: '* ada' }
    const first = await api.post('/owners/set', body, { 'Idempotency-Key': 'owners-1' })
    await set('keyed', '* @other')
    const second = await api.post('/owners/set', body, { 'Idempotency-Key': 'owners-1' })

    expect(second.body).toEqual(first.body)
    expect((await api.get('/owners/get', { repository: 'keyed' })).body.content).toBe('* @other')
  })

  test('tells no more than the first 500 errors', async () => {
    const { body } = await set('broken', '!\n'.repeat(2000))

    expect(body.owners.errors).toHaveLength(500)
    expect(body.owners.errors.at(-1).line).toBe(500)
  })

  test('takes any text, of any script', async () => {
    const content = '\uFEFF# Владельцы\r\n/документы/ @ada\r\n😀'
    await set('репозиторий/😀', content)

    const { body } = await api.get('/owners/get', { repository: 'репозиторий/😀' })

    expect(body).toMatchObject({ content, rules: 2, errors: [] })
  })

  test.each([
    ['an unknown dialect', { repository: 'bad', dialect: 'bitbucket', content: '' }, 'dialect'],
    ['no content', { repository: 'bad', dialect: 'github' }, 'content'],
    ['content that cannot be stored', { repository: 'bad', dialect: 'github', content: 'a\0' }, 'content'],
    ['no repository', { repository: '', dialect: 'github', content: '' }, 'repository'],
    ['a field nobody knows', { repository: 'bad', dialect: 'github', content: '', ref: 'main' }, 'ref'],
  ])('refuses %s', async (_, body, field) => {
    const answer = await api.post('/owners/set', body)

    expect(answer.status).toBe(400)
    expect(answer.body.error).toEqual({ code: 'INVALID_REQUEST', message: expect.stringContaining(field) })
    expect((await api.get('/owners/get', { repository: 'bad' })).status).toBe(404)
  })
})

describe('GET /owners/get', () => {
  test('gives the file, its sections and what is wrong with it', async () => {
    const content = '* @admin\n[Docs][2] @writers\n*.md\n!/CHANGELOG.md\n^[Go]\n*.go ada'
    const { body: done } = await set('sections', content, 'gitlab')

    const { status, body } = await api.get('/owners/get', { repository: 'sections' })

    expect(status).toBe(200)
    expect(body).toEqual({
      ...done.owners,
      content,
      rules: 4,
      errors: [{ line: 6, message: 'No owner can be read from "ada".' }],
      sections: [
        { name: null, is_optional: false, approvals: 1, rules: 1 },
        { name: 'Docs', is_optional: false, approvals: 2, rules: 2 },
        { name: 'Go', is_optional: true, approvals: 1, rules: 1 },
      ],
    })
  })

  test('shows a change at once', async () => {
    await set('fresh', '* @ada')
    await api.get('/owners/get', { repository: 'fresh' })
    await set('fresh', '* @bob')

    expect((await api.get('/owners/get', { repository: 'fresh' })).body.content).toBe('* @bob')
  })

  test('refuses a repository without a file', async () => {
    const { status, body } = await api.get('/owners/get', { repository: 'nowhere' })

    expect(status).toBe(404)
    expect(body.error).toEqual(NOT_FOUND)
  })
})

describe('POST /owners/remove', () => {
  test('forgets the file', async () => {
    await set('gone', '* @ada')
    await api.get('/owners/get', { repository: 'gone' })

    const removed = await api.post('/owners/remove', { repository: 'gone' })

    expect(removed.status).toBe(200)
    expect(removed.body).toEqual({ removed: { repository: 'gone' } })
    expect((await api.get('/owners/get', { repository: 'gone' })).status).toBe(404)
  })

  test('refuses a repository without a file', async () => {
    const { status, body } = await api.post('/owners/remove', { repository: 'nowhere' })

    expect(status).toBe(404)
    expect(body.error).toEqual(NOT_FOUND)
  })
})

describe('POST /owners/check', () => {
  test('refuses more paths than can be compared with a file so large', async () => {
    const paths = Array.from({ length: 100 }, () => 'a'.repeat(4000))
    const { status, body } = await api.post('/owners/check', { dialect: 'github', content: '#'.repeat(500_000), paths })

    expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST'])
    expect(body.error.message).toContain('paths')
  })

  const content = '* @admin\n*.rb\n[Docs] @writers\n*.md\n!/CHANGELOG.md'

  test('tells who owns which path, by which line, and stores nothing', async () => {
    const before = await database.sql('SELECT count(*) FROM code_owners')

    const { status, body } = await api.post('/owners/check', {
      dialect: 'gitlab',
      content,
      paths: ['a.md', 'CHANGELOG.md', 'a.rb'],
    })

    const unnamed = { section: null, is_optional: false, approvals: 1 }
    const docs = { section: 'Docs', is_optional: false, approvals: 1 }
    expect(status).toBe(200)
    expect(body.paths).toEqual([
      {
        path: 'a.md',
        ownerships: [
          { ...unnamed, line: 1, owners: ['@admin'] },
          { ...docs, line: 4, owners: ['@writers'] },
        ],
      },
      {
        path: 'CHANGELOG.md',
        ownerships: [
          { ...unnamed, line: 1, owners: ['@admin'] },
          { ...docs, line: 5, owners: [] },
        ],
      },
      { path: 'a.rb', ownerships: [{ ...unnamed, line: 2, owners: [] }] },
    ])
    expect(body).toMatchObject({ rules: 4, required_owners: ['@admin', '@writers'] })
    expect(body.errors.map((error: { line: number }) => error.line)).toEqual([2])
    expect(await database.sql('SELECT count(*) FROM code_owners')).toEqual(before)
  })

  test('needs no paths', async () => {
    const { status, body } = await api.post('/owners/check', { dialect: 'github', content: '* @ada' })

    expect(status).toBe(200)
    expect(body).toMatchObject({ rules: 1, errors: [], paths: [], required_owners: [] })
  })

  test.each([
    ['an empty path', ['']],
    ['an endless path', ['a'.repeat(5000)]],
    ['too many paths', Array.from({ length: 1001 }, () => 'a')],
    ['a path that is no text', [1]],
  ])('refuses %s', async (_, paths) => {
    const { status, body } = await api.post('/owners/check', { dialect: 'github', content: '', paths })

    expect(status).toBe(400)
    expect(body.error.message).toContain('paths')
  })
})
