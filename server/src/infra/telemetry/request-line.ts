import { pino } from 'pino'
import type { Actor } from '../../shared/actor.ts'
import { actorFields, type Logger } from './logger.ts'

export type RequestLine = {
  requestId: string
  trace: { trace_id?: string; span_id?: string }
  actor: Actor
  method: string
  path: string
  status: number
  durationMs: number
}

/** What pino has no other way to. */
function insideOf(log: Logger): { stream: { write: (line: string) => void }; bindings: string } {
  const inside = log as unknown as Record<symbol, unknown>
  return {
    stream: inside[pino.symbols.streamSym] as { write: (line: string) => void },
    bindings: inside[pino.symbols.chindingsSym] as string,
  }
}

let lastMs = 0
let lastTime = ''

/**
 * What `log.info` writes of a request, in one go: there is such a line for each, and the logger would take as long for it as it takes to
 * answer from memory.
 */
export function logRequest(log: Logger, line: RequestLine): void {
  if (!log.isLevelEnabled('info')) return
  const { requestId, trace, actor, method, path, status, durationMs } = line
  const { trace_id: traceId, span_id: spanId } = trace
  const { actor: label, user_id: userId } = actorFields(actor)
  const { stream, bindings } = insideOf(log)
  stream.write(
    `{"level":"info","time":"${timeNow()}"${bindings}` +
      (traceId === undefined ? '' : `,"trace_id":"${traceId}"`) +
      (spanId === undefined ? '' : `,"span_id":"${spanId}"`) +
      `,"request_id":${JSON.stringify(requestId)},"actor":${JSON.stringify(label)}` +
      (userId === undefined ? '' : `,"user_id":${JSON.stringify(userId)}`) +
      `,"method":"${method}","path":${JSON.stringify(path)},"status":${status}` +
      `,"duration_ms":${Math.round(durationMs * 1000) / 1000},"msg":"request"}\n`,
  )
}

/** Many lines are of the same millisecond. */
function timeNow(): string {
  const nowMs = Date.now()
  if (nowMs !== lastMs) {
    lastMs = nowMs
    lastTime = new Date(nowMs).toISOString()
  }
  return lastTime
}
