import { afterAll } from 'bun:test'
import { startCollector, type CollectedSpan } from './collector.ts'
import { freshDatabase, type TestDatabase } from './database.ts'
import { startServerProcess, type ServerProcess } from './server.ts'

/** Somebody who keeps the trace. */
export const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
export const KEPT = `00-${CALLER.traceId}-${CALLER.spanId}-01`

/** Servers with a database each, that send their traces to one collector; ended after the test file. */
export function tracedServers() {
  const collector = startCollector()
  afterAll(() => collector.stop())

  async function start(
    environment: Record<string, string> = {},
    database?: Pick<TestDatabase, 'url'>,
  ): Promise<ServerProcess> {
    const { url } = database ?? (await freshDatabase())
    return startServerProcess({
      DATABASE_URL: url,
      LOG_LEVEL: 'info',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret',
      ...environment,
    })
  }
  /** Ends the server, which sends what it has not sent. */
  async function end(server: ServerProcess): Promise<CollectedSpan[]> {
    server.kill('SIGTERM')
    await server.allEnded
    return collector.take()
  }
  return { collector, start, end }
}

/** The JSON lines of a log. */
export function lines(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []))
}
