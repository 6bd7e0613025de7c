import { describe, expect, test } from 'bun:test'
import { aJobKind, jobDatabase } from '../../testing/jobs.ts'
import { enqueue } from './enqueue.ts'

const { db, sql } = await jobDatabase()

describe('enqueueing', () => {
  test('a job is there when its transaction commits, and not when that is undone', async () => {
    const { kind } = aJobKind(() => Promise.resolve())
    await db.transaction((tx) => tx.run(enqueue(1, kind, { n: 1 })))
    const undone = db.transaction(async (tx) => {
      await tx.run(enqueue(1, kind, { n: 2 }))
      throw new Error('undone')
    })

    expect(undone).rejects.toThrow('undone')
    expect(await sql('SELECT name, data, group_id FROM tandem_jobs.job_common')).toEqual([
      { name: kind.name, data: { n: 1 }, group_id: '1' },
    ])
  })

  test('transactions that enqueue the first jobs of a kind at once all succeed', async () => {
    const { kind } = aJobKind(() => Promise.resolve())
    await Promise.all([1, 2, 3, 4].map((n) => db.transaction((tx) => tx.run(enqueue(1, kind, { n })))))

    expect(await sql('SELECT data FROM tandem_jobs.job_common')).toHaveLength(4)
  })

  test('a payload that its kind does not expect is refused', () => {
    const { kind } = aJobKind(() => Promise.resolve())

    expect(() => enqueue(1, kind, { n: 'one' } as never)).toThrow('n')
  })

  test.each([
    ['waiting', 'created', 'active'],
    ['unfinished', 'active', 'completed'],
    ['kept', 'completed', 'cancelled'],
  ] as const)(
    'with a key for those %s, there is one beside a job that is %s, two when it is %s',
    async (span, still, not) => {
      const { kind } = aJobKind(() => Promise.resolve())
      const unique = { key: 'a', while: span }
      const [first] = await db.run(enqueue(1, kind, { n: 1 }, { unique }))
      const other = await db.run(enqueue(1, kind, { n: 1 }, { unique: { ...unique, key: 'b' } }))
      await sql('UPDATE tandem_jobs.job_common SET state = $1 WHERE id = $2', [still, first!.jobId])
      const again = await db.run(enqueue(1, kind, { n: 1 }, { unique }))
      await sql('UPDATE tandem_jobs.job_common SET state = $1 WHERE id = $2', [not, first!.jobId])
      const later = await db.run(enqueue(1, kind, { n: 1 }, { unique }))

      expect([other.length, again.length, later.length]).toEqual([1, 0, 1])
    },
  )
})
