import { expect, test } from 'bun:test'
import { createLogReader } from './log-reader.ts'

test('where the database is away whoever reads hears of it, and once it stops everybody does', async () => {
  const reader = createLogReader(
    { url: 'postgres://nobody@127.0.0.1:1/none', connectTimeoutMs: 500, statementTimeoutMs: 500 },
    () => undefined,
  )
  const reading = { after: 0, upTo: null, limit: 10 }

  expect(await reader.read(reading).catch((error: Error) => error.message)).toContain('database')
  const last = reader.read(reading).catch((error: Error) => error.message)
  await reader.stop()
  expect(await last).toEqual(expect.any(String))
})
