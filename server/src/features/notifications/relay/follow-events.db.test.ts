import { expect, test } from 'bun:test'
import { aPullRequest, aTeam } from '../../../testing/builders.ts'
import { freshDatabase } from '../../../testing/database.ts'
import { startEndpoint } from '../../../testing/endpoint.ts'
import { notifyingOn } from '../../../testing/notifying.ts'
import { startServer } from '../../../testing/server.ts'

test('who says how to be told is told of what happens next and of nothing before, though nobody has followed the events yet', async () => {
  const database = await freshDatabase()
  const client = startServer(database, { NOTIFICATION_ALLOW_PRIVATE: 'true' })
  const endpoint = startEndpoint()
  const notifying = notifyingOn(database)
  await aTeam(client, { name: 'payments', members: ['ada', 'bob'] })
  await client.post('/pullRequest/create', aPullRequest({ id: 'before', author: 'ada' }))
  const channels = [{ kind: 'slack', address: `${endpoint.url}services/T0/secret` }]
  await client.post('/notification/setPreferences', { user_id: 'bob', channels })
  await client.post('/pullRequest/create', aPullRequest({ id: 'after', author: 'ada' }))
  await notifying.tell()

  const { body } = await client.get('/notification/list', { user_id: 'bob' })
  expect(body.notifications.map((each: any) => [each.pull_request_id, each.status])).toEqual([['after', 'sent']])
})
