import type { Event } from './domain/event.ts'

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md, with `sequence` and attributes of our own. */
export type CloudEvent = {
  specversion: '1.0'
  id: string
  source: string
  type: string
  subject: string
  time: string
  datacontenttype: 'application/json'
  /** https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md */
  sequence: string
  workspace: number
  team?: string
  actor: string
  /** https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/distributed-tracing.md */
  traceparent?: string
  data: Readonly<Record<string, unknown>>
}

export const CLOUD_EVENT_TYPE = 'application/cloudevents+json'
/** A JSON array of events. */
export const CLOUD_EVENT_BATCH_TYPE = 'application/cloudevents-batch+json'

export function toCloudEvent(event: Event): CloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: `/workspaces/${event.workspaceId}`,
    type: event.type,
    subject: event.subject,
    time: event.occurredAt,
    datacontenttype: 'application/json',
    sequence: String(event.sequence),
    workspace: event.workspaceId,
    ...(event.teamName === null ? {} : { team: event.teamName }),
    actor: event.actor,
    ...(event.traceparent === null ? {} : { traceparent: event.traceparent }),
    data: event.data,
  }
}
