import type { DbAddress } from '../../../infra/db/database.ts'
import type { DoneWork } from '../../../infra/telemetry/tracing.ts'
import type { Failed } from '../../../infra/workers/background.ts'

export type TellerWork = {
  database: DbAddress
  workspaceId: number
  /** How often it looks for endpoints that are due. */
  everyMs: number
  allowPrivate: boolean
  timeoutMs: number
}

/** One try to tell an endpoint of an event that is of a trace that is kept. */
export type TracedTelling = { traceparent: string; type: string; httpStatus: number | null; done: DoneWork }

export type FromTeller = Failed | ({ kind: 'tried' } & TracedTelling)
