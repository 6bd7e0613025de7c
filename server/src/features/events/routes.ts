import { question, type Api } from '../../infra/http/api.ts'
import { DEFAULT_PAGE_SIZE, z } from '../../infra/http/schemas.ts'
import { serverSentEvents, type EventSender } from '../../infra/http/server-sent-events.ts'
import { toCloudEvent } from './cloud-event.ts'
import type { Events } from './events.ts'
import { listEvents } from './list-events.ts'
import { addWebhookRoutes } from './routes/webhooks.ts'
import { EventListQuery, EventListSchema, StreamQuery } from './schemas.ts'
import { filterOf, requireRoom, startOf } from './stream/request.ts'
import { sendEvents } from './stream/send-events.ts'

const listEventsRoute = question({
  path: '/event/list',
  operationId: 'listEvents',
  tag: 'Events',
  summary: 'Everything that happened, in its order, a page at a time',
  description: 'As CloudEvents. A change is listed once every change with a smaller number has ended: mostly at once.',
  request: EventListQuery,
  success: { status: 200, schema: EventListSchema, description: 'A page of events' },
})

const streamEventsRoute = question({
  path: '/event/stream',
  operationId: 'streamEvents',
  tag: 'Events',
  summary: 'What happens, as it happens, as Server-Sent Events',
  description:
    'Each message is a CloudEvent; its `id` is the `sequence` to go on after. `Last-Event-ID` resumes without a gap. ' +
    'The last message is named `end` and tells why.',
  request: StreamQuery,
  success: { status: 200, schema: z.string(), description: 'A stream of type `text/event-stream`' },
  refusals: { 503: 'TOO_MANY_STREAMS' },
})

export function addEventRoutes(api: Api, events: Events): void {
  addWebhookRoutes(api, events)
  api.openapi(listEventsRoute, async (c) => {
    const query = c.req.valid('query')
    const { team_name: teamName = null, subject = null, type = null, after = 0, limit = DEFAULT_PAGE_SIZE } = query
    const page = await listEvents(events, c.env.actor, { teamName, subject, type, after, limit })
    return c.json({ events: page.rows.map(toCloudEvent), next_cursor: page.nextCursor }, 200)
  })
  api.openapi(streamEventsRoute, async (c) => {
    const query = c.req.valid('query')
    const given = startOf(c.req.header('Last-Event-ID'), query.after)
    requireRoom(events)
    const after = given ?? (await events.live.now())
    const { requestId, uploads } = c.env
    const open = (sender: EventSender) => sendEvents(events.live, sender, filterOf(query), after)
    return serverSentEvents({ stopping: uploads.stopping, requestId, open })
  })
}
