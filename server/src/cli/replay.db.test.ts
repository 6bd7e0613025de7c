import { expect, test } from 'bun:test'
import { aPullRequest, aTeam } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'
import { replay } from './replay.ts'
import { recordCommand } from './terminal/record-command.ts'

test('every decision comes out the same; one that was changed is shown, and ends with 1', async () => {
  const database = await freshDatabase()
  const server = startServer(database)
  await aTeam(server, { name: 'payments', members: ['ada', 'bob', 'cleo', 'dan'] })
  for (const id of ['pr-1', 'pr-2', 'pr-3']) {
    await server.post('/pullRequest/create', aPullRequest({ id, author: 'ada' }))
  }
  const environment = { DATABASE_URL: database.url }

  const same = await recordCommand(replay, [], { environment })
  expect(same).toMatchObject({ exitCode: 0, printed: '3 decisions decided again, 0 differ.\n' })
  expect(same.progress).toContain('100 % (3 of 3)')

  await database.sql(
    `UPDATE decision SET record = jsonb_set(record::jsonb, '{assignedIds}', '["ada"]') WHERE pull_request_id = 'pr-2'`,
  )
  const changed = await recordCommand(replay, [], { environment })
  expect(changed.exitCode).toBe(1)
  expect(changed.printed).toMatch(
    /^3 decisions decided again, 1 differ\.\n {2}pr-2, decision 1 \(create in payments, least-loaded\)\n/,
  )
  expect(changed.printed).toMatch(/assignedIds: recorded \["ada"\], now \["/)

  const json = JSON.parse((await recordCommand(replay, ['--json'], { environment })).printed)
  expect(json).toMatchObject({ replayed: 3, differing: 1, differences: [{ pull_request_id: 'pr-2', number: 1 }] })
})
