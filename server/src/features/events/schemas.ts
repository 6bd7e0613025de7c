import { nextCursorField, pageFields, textField, wholeNumberField, z } from '../../infra/http/schemas.ts'
import { eventTypes } from './domain/event.ts'

const example = {
  specversion: '1.0',
  id: '1042.1763718312123456',
  source: '/workspaces/1',
  type: 'reviewer.assigned',
  subject: 'pr-1',
  time: '2026-11-21T09:45:12.123456Z',
  datacontenttype: 'application/json',
  sequence: '1042',
  workspace: 1,
  team: 'payments',
  actor: 'local',
  data: { reviewer_id: 'u2', reason: { kind: 'create', policy: 'least-loaded', decision: 1 } },
} as const

const eventType = z.enum(eventTypes).openapi({ example: 'reviewer.assigned' })

/** An event outside: CloudEvents 1.0, see docs/events.md. */
export const EventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: eventType,
    subject: z.string(),
    time: z.string(),
    datacontenttype: z.literal('application/json'),
    sequence: z.string(),
    workspace: z.int(),
    team: z.string().optional(),
    actor: z.string(),
    traceparent: z.string().optional().openapi({ description: 'The trace it is a part of, where that is kept.' }),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('Event', { example })

export const EventListQuery = z.strictObject({
  team_name: textField('payments').optional(),
  subject: textField('pr-1').optional().openapi({ description: 'A pull request, user, team, repository or webhook.' }),
  type: eventType.optional(),
  after: wholeNumberField(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: 'Only events after this `sequence`; `next_cursor` of the page before.', example: 0 }),
  limit: pageFields.limit,
})

export const EventListSchema = z.object({ events: z.array(EventSchema), next_cursor: nextCursorField })

export const StreamQuery = z.strictObject({
  team_name: textField('payments').optional(),
  user_id: textField('u1').optional().openapi({ description: 'Only what is about this person.' }),
  type: eventType.optional(),
  after: wholeNumberField(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: 'Go on after this `sequence`, as `Last-Event-ID` does; else from now on.', example: 0 }),
})
