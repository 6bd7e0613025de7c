import { expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../../testing/builders.ts'
import { freshDatabase } from '../../testing/database.ts'
import { until } from '../../testing/jobs.ts'
import { startServer, startServerProcess } from '../../testing/server.ts'
import { startSmtp } from '../../testing/smtp.ts'

const PEOPLE = 40

test('of two workers one is killed while it sends: everybody is told, and whoever is told twice under one id', async () => {
  const database = await freshDatabase()
  const smtp = await startSmtp()
  const client = startServer(database, { SMTP_URL: smtp.url })
  const environment = {
    DATABASE_URL: database.url,
    SMTP_URL: smtp.url,
    NOTIFICATION_EVERY_MS: '100',
    DATABASE_POOL_SIZE: '6',
  }
  const workers = await Promise.all([1, 2].map(() => startServerProcess(environment, ['--role', 'worker'])))
  await until(async () => (await database.sql(`SELECT FROM event_relay WHERE relay_name = 'notifications'`)).length > 0)
  const members = ids('u', PEOPLE)
  await aTeam(client, { name: 'crew', members })
  for (const user_id of members) {
    const channels = [{ kind: 'email', address: `${user_id}@example.org` }]
    await client.post('/notification/setPreferences', { user_id, channels, digest_minutes: 0, kinds: ['assigned'] })
  }
  smtp.slowDown(200)
  await Promise.all(
    ids('pr', PEOPLE).map((id, index) =>
      client.post('/pullRequest/create', aPullRequest({ id, author: members[index]! })),
    ),
  )
  await until(() => smtp.mails.length >= 5)
  workers[0]!.kill('SIGKILL')
  const waiting = () => database.sql(`SELECT recipient_id FROM notification WHERE status = 'waiting'`)
  await until(async () => (await waiting()).length === 0)

  const told = await database.sql<{ recipient_id: string; message_id: string }>(
    `SELECT recipient_id, message_id FROM notification WHERE status = 'sent'`,
  )
  expect(told).toHaveLength(2 * PEOPLE)
  const came = new Map(Map.groupBy(smtp.mails, (mail) => mail.envelopeTo[0]!))
  const wanted = Map.groupBy(told, (row) => `${row.recipient_id}@example.org`)
  expect([...came.keys()].toSorted()).toEqual([...wanted.keys()].toSorted())
  for (const [address, mails] of came) {
    const messageIds = new Set(wanted.get(address)!.map((row) => `<${row.message_id}@localhost>`))
    expect(new Set(mails.map(({ messageId }) => messageId))).toEqual(messageIds)
  }
}, 60_000)
