import type { DoneWork } from '../../../infra/telemetry/tracing.ts'

export type RelayWork = { databaseUrl: string; workspaceId: number; name: string; amqpUrl: string }

/** One try to publish events some of which are of traces that are kept. */
export type Publishing = { traceparents: readonly string[]; count: number; done: DoneWork }

export type FromRelay = { kind: 'failed'; failure: string } | ({ kind: 'tried' } & Publishing)
