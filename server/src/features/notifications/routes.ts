import { callOf, command, question, type Api } from '../../infra/http/api.ts'
import { DEFAULT_PAGE_SIZE } from '../../infra/http/schemas.ts'
import { listNotifications } from './list-notifications.ts'
import type { Notifications } from './notifications.ts'
import { addLinkRoutes } from './routes/links.ts'
import { addPreferenceRoutes } from './routes/preferences.ts'
import * as schemas from './schemas.ts'
import { sendTest } from './send-test.ts'

const tag = 'Notifications'

const listRoute = question({
  path: '/notification/list',
  operationId: 'listNotifications',
  tag,
  summary: 'What a person or a team was told, by which channel, or why not; newest first, a page at a time',
  request: schemas.NotificationListQuery,
  success: { status: 200, schema: schemas.NotificationListSchema, description: 'Empty for whoever is unknown' },
})

const testRoute = command({
  path: '/notification/test',
  operationId: 'testNotification',
  tag,
  summary: 'Send a test by one channel now, and see how it goes',
  request: schemas.NotificationTestSchema,
  success: { status: 200, schema: schemas.NotificationTestAnswer, description: 'How it went' },
  refusals: { 404: 'NOT_FOUND: the user, the team or the channel' },
})

export function addNotificationRoutes(api: Api, notifications: Notifications): void {
  addPreferenceRoutes(api, notifications)
  addLinkRoutes(api, notifications)
  api.openapi(listRoute, async (c) => {
    const { cursor, limit = DEFAULT_PAGE_SIZE, ...named } = c.req.valid('query')
    const ask = { recipient: schemas.fromRecipientJson(named), cursor, limit }
    const page = await listNotifications(notifications, c.env.actor, ask)
    return c.json({ notifications: page.rows.map(schemas.toNotificationJson), next_cursor: page.nextCursor }, 200)
  })
  api.openapi(testRoute, async (c) => {
    const { channel, ...named } = c.req.valid('json')
    const call = callOf(c, { recipient: schemas.fromRecipientJson(named), channel })
    return c.json(schemas.toTestJson(await sendTest(notifications, call)), 200)
  })
}
