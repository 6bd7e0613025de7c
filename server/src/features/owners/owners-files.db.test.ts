import { afterAll, describe, expect, test } from 'bun:test'
import { AnswerCache } from '../../infra/cache/answer-cache.ts'
import type { Db, Query } from '../../infra/db/database.ts'
import { connectTo, freshDatabase } from '../../testing/database.ts'
import { ownersAnswer } from './answers.ts'
import { requiredOwners } from './domain/owned-paths.ts'
import { OwnersFiles } from './owners-files.ts'
import { removeOwners } from './remove-owners.ts'
import { setOwners } from './set-owners.ts'

const database = await freshDatabase()
const db = connectTo(database, { poolSize: 2, statementTimeoutMs: 5000 })
afterAll(() => db.close())

/** A process of its own, as far as its memory goes; `statements` counts what it reads. */
function aProcess({ isCurrent = true } = {}) {
  const state = { statements: 0, nowMs: 0, whileReading: async () => {} }
  const answers = new AnswerCache({ maxBytes: 1, maxAgeMs: 1, isCurrent: () => isCurrent, publish: () => undefined })
  const counting: Db = {
    ...db,
    run: async <Row>(query: Query<Row>) => {
      state.statements++
      const rows = await db.run(query)
      await state.whileReading()
      return rows
    },
  }
  const files = new OwnersFiles({ db: counting, workspaceId: 1, answers, monotonicMs: () => state.nowMs })
  const deps = { db, workspaceId: 1, answers, files }
  const call = <Input>(input: Input) => ({ actor: { kind: 'local' as const }, input, once: null })
  return {
    state,
    files,
    answers,
    set: (repository: string, owner: string) =>
      setOwners(deps, call({ repository, dialect: 'github' as const, content: `* @${owner}` })),
    remove: (repository: string) => removeOwners(deps, call({ repository })),
    ownerOf: (repository: string) => {
      const file = files.get(repository)
      return file && requiredOwners(file, ['a'])[0]?.name
    },
    loaded: async (repository: string) => {
      await files.load([repository])
      const file = files.get(repository)
      return file && requiredOwners(file, ['a'])[0]?.name
    },
  }
}

describe('the files a process remembers', () => {
  test('are unknown, known, or known to be none', async () => {
    const { set, files, ownerOf } = aProcess()
    await set('known', 'ada')

    expect(files.get('known')).toBeUndefined()
    await files.load(['known', 'none'])
    expect([ownerOf('known'), files.get('none'), files.get('other')]).toEqual(['ada', null, undefined])
  })

  test('are read in one statement, and not again', async () => {
    const { set, files, state } = aProcess()
    await set('one', 'ada')
    await files.load(['one', 'two', 'three'])
    await files.load(['three', 'one'])
    await files.load([])

    expect(state.statements).toBe(1)
  })

  test('are read again when the process sets or removes one', async () => {
    const { set, remove, loaded, files } = aProcess()
    await set('mine', 'ada')
    expect(await loaded('mine')).toBe('ada')

    await set('mine', 'bob')
    expect(files.get('mine')).toBeUndefined()
    expect(await loaded('mine')).toBe('bob')

    await remove('mine')
    expect(await loaded('mine')).toBeNull()

    await set('mine', 'cleo')
    expect(await loaded('mine')).toBe('cleo')
  })

  test('are forgotten when another process says so, one or all', async () => {
    const [one, two] = [aProcess(), aProcess()]
    await one.set('theirs', 'ada')
    await two.files.load(['theirs', 'none'])
    await one.set('theirs', 'bob')

    two.answers.changedElsewhere([ownersAnswer('theirs'), '/users/get?user_id=theirs'])
    expect([two.files.get('theirs'), two.files.get('none')]).toEqual([undefined, null])
    expect(await two.loaded('theirs')).toBe('bob')

    two.answers.changedElsewhere(null)
    expect([two.files.get('theirs'), two.files.get('none')]).toEqual([undefined, undefined])
  })

  test('are asked about again after 30 s, though nobody told of a change', async () => {
    const [one, two] = [aProcess(), aProcess()]
    await one.set('silent', 'ada')
    await two.loaded('silent')
    await one.set('silent', 'bob')

    two.state.nowMs = 29_000
    expect(await two.loaded('silent')).toBe('ada')
    two.state.nowMs = 31_000
    expect(two.ownerOf('silent')).toBe('ada')
    expect(await two.loaded('silent')).toBe('bob')

    await one.remove('silent')
    two.state.nowMs = 62_000
    expect(await two.loaded('silent')).toBeNull()
  })

  test('that are as they were are not parsed again', async () => {
    const { set, files, state } = aProcess()
    await set('same', 'ada')
    await files.load(['same'])
    const before = files.get('same')
    state.nowMs = 31_000
    await files.load(['same'])

    expect(state.statements).toBe(2)
    expect(files.get('same')).toBe(before)
  })

  test('are asked about each time while changes of others are not heard', async () => {
    const [one, deaf] = [aProcess(), aProcess({ isCurrent: false })]
    await one.set('deaf', 'ada')
    expect(await deaf.loaded('deaf')).toBe('ada')
    await one.set('deaf', 'bob')

    expect(await deaf.loaded('deaf')).toBe('bob')
  })

  test('never are what was read before a change that came while it was read', async () => {
    const { set, loaded, state } = aProcess()
    await set('race', 'ada')
    state.whileReading = async () => {
      state.whileReading = async () => {}
      await set('race', 'bob')
    }

    expect(await loaded('race')).toBe('bob')
    expect(state.statements).toBe(2)
  })

  test('are known after a load even when the file changes again and again, and then read anew', async () => {
    const { set, loaded, files, state } = aProcess()
    await set('busy', 'ada')
    let changes = 0
    state.whileReading = async () => void (await set('busy', `owner${++changes}`))

    expect(await loaded('busy')).toBe('owner2')
    expect(state.statements).toBe(3)

    state.whileReading = async () => {}
    await files.load(['busy'])
    expect(await loaded('busy')).toBe('owner3')
  })
})
