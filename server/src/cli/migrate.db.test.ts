import { expect, test } from 'bun:test'
import { emptyDatabase } from '../testing/database.ts'
import { migrate } from './migrate.ts'
import { replay } from './replay.ts'
import { recordCommand } from './terminal/record-command.ts'

test('migrations go up, are listed, and come down one at a time', async () => {
  const { url } = await emptyDatabase()
  const environment = { DATABASE_URL: url }
  const run = async (...args: string[]) =>
    JSON.parse((await recordCommand(migrate, [...args, '--json'], { environment })).printed)

  const before = (await run('status')).migrations
  expect(before.length).toBeGreaterThan(0)
  expect(before.every((migration: { applied_at: unknown }) => migration.applied_at === null)).toBeTrue()
  const names = before.map((migration: { name: string }) => migration.name)

  expect(await run('up')).toEqual({ applied: names })
  expect(await run('up')).toEqual({ applied: [] })
  expect((await recordCommand(migrate, ['status'], { environment })).printed).not.toContain('pending')
  for (const name of names.toReversed()) expect(await run('down')).toEqual({ taken_back: [name] })
  expect((await recordCommand(migrate, ['down'], { environment })).printed).toBe('Nothing to take back.\n')
})

test.each([[[]], [['sideways']], [['up', 'down']]])('a wrong call shows the usage: %p', async (args) => {
  expect(await recordCommand(migrate, args)).toMatchObject({ exitCode: 2, printed: '' })
})

test('decisions are not replayed in a database without the schema', async () => {
  const { url } = await emptyDatabase()

  const { exitCode, complaints } = await recordCommand(replay, [], { environment: { DATABASE_URL: url } })

  expect(exitCode).toBe(1)
  expect(complaints).toContain('npm run migrate -- up')
})
