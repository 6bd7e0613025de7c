import { expect, test } from 'bun:test'
import { PgBoss } from 'pg-boss'
import { freshDatabase } from '../../testing/database.ts'
import { migrateDown, migrateUp } from '../db/migrator.ts'
import { SCHEMA } from './boss.ts'

test('our migrations make the tables that this version of the package expects', async () => {
  const database = await freshDatabase()
  const boss = new PgBoss({ connectionString: database.url, schema: SCHEMA, migrate: false, max: 1 })
  boss.on('error', () => undefined)
  await boss.start()
  const drift = await boss.detectSchemaDrift()
  await boss.stop({ graceful: false })

  expect({ ...drift, extraIndexes: [] }).toMatchObject({ ok: true, missing: [], columnDrift: [], mismatched: [] })
  expect(drift.extraIndexes.map(({ name }) => name)).toEqual(['job_common_by_state'])
})

test('taking the migration back leaves nothing of the queue, and it can be made again', async () => {
  const database = await freshDatabase()
  const schemas = () => database.sql('SELECT FROM pg_namespace WHERE nspname = $1', [SCHEMA])
  while ((await schemas()).length > 0) expect(await migrateDown(database.url)).not.toEqual([])
  await migrateUp(database.url)

  expect(await schemas()).toHaveLength(1)
})
