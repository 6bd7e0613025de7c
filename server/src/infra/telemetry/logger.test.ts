import { expect, test } from 'bun:test'
import { actorFields, createLogger } from './logger.ts'

function logged(write: (log: ReturnType<typeof createLogger>) => void): unknown[] {
  const lines: unknown[] = []
  write(createLogger('info', false, { write: (line: string) => lines.push(JSON.parse(line)) }))
  return lines
}

test('a line says when, how important and what, with the fields given', () => {
  const [line] = logged((log) => log.info({ request_id: 'r1' }, 'request'))

  expect(line).toEqual({ level: 'info', time: expect.any(String), request_id: 'r1', msg: 'request' })
})

test('lines below the level are not written', () => {
  expect(logged((log) => log.debug({}, 'detail'))).toEqual([])
})

test('an error is told without what its driver hung on it, and with its cause', () => {
  const cause = Object.assign(new Error('terminating connection'), { code: '57P01', client: { secretKey: 4711 } })

  const [line] = logged((log) => log.warn({ err: new Error('The database is away', { cause }) }, 'failed'))

  expect(line).toMatchObject({ err: { message: 'The database is away', cause: { code: '57P01' } } })
  expect(JSON.stringify(line)).not.toContain('4711')
})

test('a line about a request says who asked, a user by id', () => {
  expect(actorFields({ kind: 'user', userId: 'ada' })).toEqual({ actor: 'user:ada', user_id: 'ada' })
  expect(actorFields({ kind: 'local' })).toEqual({ actor: 'local' })
})
