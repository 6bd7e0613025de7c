import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Actor } from '../../shared/actor.ts'
import { actorFields, createLogger } from './logger.ts'
import { logRequest } from './request-line.ts'

test('the line of a request is what the logger itself would write', () => {
  const lines: Record<string, unknown>[] = []
  const output = createLogger('info', false, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const actor = fc.oneof(
    fc.constant<Actor>({ kind: 'local' }),
    fc.string().map((userId): Actor => ({ kind: 'user', userId })),
  )
  const trace = fc.record({ trace_id: fc.uuid(), span_id: fc.uuid() }, { requiredKeys: [] })
  const request = {
    requestId: fc.string(),
    path: fc.string(),
    status: fc.nat(),
    durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  }
  fc.assert(
    fc.property(actor, trace, fc.record(request), fc.boolean(), (who, given, { durationMs, ...what }, isWorker) => {
      const log = isWorker ? output.child({ worker: 2, pid: 77 }) : output
      logRequest(log, { ...what, durationMs, trace: given, actor: who, method: 'GET' })
      const { requestId: request_id, ...rest } = what
      const duration_ms = Math.round(durationMs * 1000) / 1000
      log.info({ ...given, request_id, ...actorFields(who), method: 'GET', ...rest, duration_ms }, 'request')

      const [line, own] = lines.splice(0)
      expect({ ...line, time: null }).toEqual({ ...own, time: null })
      expect(Date.parse(line!['time'] as string)).toBeWithin(Date.now() - 60_000, Date.now() + 1)
    }),
  )
})

test('nothing is written below the level', () => {
  const log = createLogger('warn', false, { write: (line: string) => expect(line).toBe('nothing') })
  logRequest(log, {
    requestId: 'r',
    trace: {},
    actor: { kind: 'local' },
    method: 'GET',
    path: '/',
    status: 200,
    durationMs: 1,
  })
})
