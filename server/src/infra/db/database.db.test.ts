import { afterAll, describe, expect, test } from 'bun:test'
import { AppError } from '../../shared/errors.ts'
import { freshDatabase } from '../../testing/database.ts'
import { openDatabase, type Db, type DbOptions, type Query, type Tx } from './database.ts'

const database = await freshDatabase()
await database.sql('CREATE TABLE note (id text PRIMARY KEY, n integer NOT NULL DEFAULT 0)')
const db = open()

function open(options: Partial<DbOptions> = {}): Db {
  const opened = openDatabase({
    url: database.url,
    poolSize: 4,
    connectTimeoutMs: 5000,
    statementTimeoutMs: 10_000,
    onError: () => undefined,
    ...options,
  })
  afterAll(() => opened.close())
  return opened
}

function insert(id: string): Query<{ id: string }> {
  return { name: 'insert-note', text: 'INSERT INTO note (id) VALUES ($1) RETURNING id', values: [id] }
}

function fail(sqlState: string): Query<never> {
  const text = `DO $$ BEGIN RAISE EXCEPTION 'made to fail' USING ERRCODE = '${sqlState}'; END $$`
  return { text, values: [] }
}

async function isThere(id: string): Promise<boolean> {
  return (await database.sql('SELECT FROM note WHERE id = $1', [id])).length === 1
}

/** The code with which it was refused or failed. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return 'none'
  } catch (error) {
    if (error instanceof AppError) return `${error.kind} ${error.code}`
    return (error as { code?: string }).code ?? (error as Error).message
  }
}

describe('a transaction', () => {
  test('is committed when its work is done, by itself or with its last query', async () => {
    const result = await db.transaction(async (tx) => {
      await tx.run(insert('by-itself'))
      return 'done'
    })
    const rows = await db.transaction((tx) => tx.runAndCommit(insert('with-last')))

    expect(result).toBe('done')
    expect(rows).toEqual([{ id: 'with-last' }])
    expect(await isThere('by-itself')).toBeTrue()
    expect(await isThere('with-last')).toBeTrue()
  })

  test('leaves nothing behind when its work throws, whatever it throws', async () => {
    const work = db.transaction(async (tx) => {
      await tx.run(insert('thrown'))
      throw new AppError('conflict', 'NO', 'no')
    })

    expect(await failureOf(work)).toBe('conflict NO')
    expect(await isThere('thrown')).toBeFalse()
  })

  test.each([
    ['its last query fails', (tx: Tx) => tx.runAndCommit(insert('taken'))],
    [
      'an earlier query of the same round trip fails',
      (tx: Tx) => Promise.all([tx.run(insert('taken')), tx.runAndCommit(insert('after'))]),
    ],
    [
      'an earlier query fails and the work goes on regardless',
      (tx: Tx) => tx.run(insert('taken')).catch(() => tx.runAndCommit(insert('after'))),
    ],
  ])('is rolled back and fails when %s', async (_, work) => {
    await database.sql(`INSERT INTO note (id) VALUES ('taken') ON CONFLICT DO NOTHING`)
    const failed = db.transaction(async (tx) => {
      await tx.run(insert('before'))
      await work(tx)
    })

    expect(await failureOf(failed)).not.toBe('none')
    expect([await isThere('before'), await isThere('after')]).toEqual([false, false])
  })

  test('is never told as committed when a query in it failed unnoticed', async () => {
    const failed = db.transaction(async (tx) => {
      await tx.run(insert('unnoticed'))
      await tx.run(fail('23514')).catch(() => undefined)
      return 'done'
    })

    expect(await failureOf(failed)).toBe('The transaction was rolled back')
    expect(await isThere('unnoticed')).toBeFalse()
  })

  test('leaves its connection fit for use after any failure', async () => {
    const one = open({ poolSize: 1 })
    await failureOf(one.transaction((tx) => tx.runAndCommit(fail('23505'))))
    await failureOf(one.transaction(() => Promise.reject(new Error('thrown at once'))))
    await failureOf(one.transaction((tx) => Promise.all([tx.run(fail('22000')), tx.run(insert('x'))])))

    expect(await one.transaction((tx) => tx.runAndCommit(insert('afterwards')))).toEqual([{ id: 'afterwards' }])
    expect(await one.run({ text: 'SELECT pg_current_xact_id_if_assigned() IS NULL AS outside', values: [] })).toEqual([
      { outside: true },
    ])
  })

  test.each(['40001', '40P01'])('is run again after %s, from a clean start', async (sqlState) => {
    let attempts = 0
    const rows = await db.transaction(async (tx) => {
      attempts++
      await tx.run(insert(`again-${sqlState}`))
      if (attempts < 3) await tx.run(fail(sqlState))
      return tx.run({ text: 'SELECT id FROM note WHERE id LIKE $1', values: [`again-${sqlState}`] })
    })

    expect({ attempts, rows }).toEqual({ attempts: 3, rows: [{ id: `again-${sqlState}` }] })
  })

  test('tells of its first failure, not of those that follow from it in the same round trip', async () => {
    // As where two use cases share a round trip: the one that is told later failed first.
    const later = (sqlState: string) => async (tx: Tx) => {
      const first = tx.run(fail(sqlState)).then(() => tx.run(insert('never')))
      await Promise.all([first, tx.run(insert(`follows-${sqlState}`))])
    }
    let attempts = 0
    await db.transaction((tx) => (++attempts < 3 ? later('40001')(tx) : Promise.resolve()))

    expect(attempts).toBe(3)
    expect(await failureOf(db.transaction(later('57014')))).toBe('overloaded DATABASE_UNAVAILABLE')
    expect(await failureOf(db.transaction(later('23505')))).toBe('23505')
  })

  test('is not run for ever', async () => {
    let attempts = 0
    const work = db.transaction((tx) => {
      attempts++
      return tx.runAndCommit(fail('40001'))
    })

    expect(await failureOf(work)).toBe('40001')
    expect(attempts).toBe(5)
  })

  test('is not run again for a fault that would come again', async () => {
    let attempts = 0
    await failureOf(
      db.transaction((tx) => {
        attempts++
        return tx.runAndCommit(fail('23505'))
      }),
    )

    expect(attempts).toBe(1)
  })

  test('that meets another in a deadlock is done in the end, and so is the other', async () => {
    await database.sql(`INSERT INTO note (id) VALUES ('left'), ('right')`)
    const raise = (id: string) => ({ text: 'UPDATE note SET n = n + 1 WHERE id = $1', values: [id] })
    const gate = Promise.withResolvers<void>()
    let holding = 0
    await Promise.all(
      [
        ['left', 'right'],
        ['right', 'left'],
      ].map(([first, second]) =>
        db.transaction(async (tx) => {
          await tx.run(raise(first!))
          if (++holding === 2) gate.resolve()
          await gate.promise
          await tx.run(raise(second!))
        }),
      ),
    )

    const rows = await database.sql(`SELECT n FROM note WHERE id IN ('left', 'right')`)
    expect(rows).toEqual([{ n: 2 }, { n: 2 }])
    // PostgreSQL may have to break it more than once.
    expect(holding).toBeGreaterThanOrEqual(3)
  })
})

describe('the database counts as unavailable, and the call may come again,', () => {
  test('when no connection becomes free, until one does', async () => {
    const two = open({ poolSize: 2, connectTimeoutMs: 150 })
    const release = Promise.withResolvers<void>()
    const holding = [0, 1].map(() => two.transaction(() => release.promise))

    expect(await failureOf(two.run({ text: 'SELECT 1', values: [] }))).toBe('overloaded DATABASE_UNAVAILABLE')
    expect(await failureOf(two.transaction((tx) => tx.run(insert('no-room'))))).toBe('overloaded DATABASE_UNAVAILABLE')
    release.resolve()
    await Promise.all(holding)
    expect(await two.run({ text: 'SELECT 1 AS one', values: [] })).toEqual([{ one: 1 }])
  })

  test('when a statement takes too long, and what it wrote is undone', async () => {
    const hasty = open({ statementTimeoutMs: 100 })
    const work = hasty.transaction(async (tx) => {
      await tx.run(insert('too-slow'))
      await tx.runAndCommit({ text: 'SELECT pg_sleep(30)', values: [] })
    })

    expect(await failureOf(work)).toBe('overloaded DATABASE_UNAVAILABLE')
    expect(await isThere('too-slow')).toBeFalse()
  })

  test('when it ends the connection in the middle of a transaction, which a later call does not notice', async () => {
    const one = open({ poolSize: 1 })
    const work = one.transaction(async (tx) => {
      await tx.run(insert('cut-off'))
      const [me] = await tx.run<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid', values: [] })
      await database.sql('SELECT pg_terminate_backend($1)', [me!.pid])
      await tx.runAndCommit(insert('cut-off-2'))
    })

    expect(await failureOf(work)).toBe('overloaded DATABASE_UNAVAILABLE')
    expect([await isThere('cut-off'), await isThere('cut-off-2')]).toEqual([false, false])
    expect(await one.run({ text: 'SELECT 1 AS one', values: [] })).toEqual([{ one: 1 }])
  })

  test.each([
    ['nobody listens', 'postgres://postgres@127.0.0.1:1/none', 'overloaded DATABASE_UNAVAILABLE'],
    [
      'its host has no address',
      'postgres://postgres@no-such-host.invalid:5432/none',
      'overloaded DATABASE_UNAVAILABLE',
    ],
  ])('when %s', async (_, url, failure) => {
    const away = open({ url, connectTimeoutMs: 2000 })

    expect(await failureOf(away.run({ text: 'SELECT 1', values: [] }))).toBe(failure)
    expect(await failureOf(away.transaction(() => Promise.resolve()))).toBe(failure)
  })
})

test('many calls of one named statement at once each get their own answer', async () => {
  const asked = Array.from({ length: 200 }, (_, index) => index)
  const answers = await Promise.all(
    asked.map((n) => db.run<{ n: number }>({ name: 'echo', text: 'SELECT $1::bigint AS n', values: [n] })),
  )

  expect(answers.map(([row]) => row!.n)).toEqual(asked)
})

test('times come in UTC whatever the time zone of the process or the server', async () => {
  const rows = await db.run({ text: `SELECT timestamptz '2026-11-21 12:00:00.5+03' AS at`, values: [] })

  expect(rows).toEqual([{ at: '2026-11-21T09:00:00.500000Z' }])
})
