import type { Context } from 'hono'
import type { ApiEnv } from './api.ts'
import { refuse } from './refuse.ts'

export type Running = {
  /** How far it is, as JSON. */
  progress: () => object
  /** What it came to, as JSON. */
  ended: Promise<object>
}

const INTERVAL_MS = 1000
const NDJSON = 'application/x-ndjson'

export function wantsProgress(c: Context<ApiEnv>): boolean {
  return c.req.header('Accept')?.includes(NDJSON) === true
}

/**
 * Answers with a line of JSON a second, and a last one that has `done` or `error`. What is under way goes on when nobody
 * listens any more.
 */
export function progressLines(c: Context<ApiEnv>, { progress, ended }: Running): Response {
  const { requestId, uploads } = c.env
  let timer: ReturnType<typeof setInterval> | undefined
  const stream = new ReadableStream<string>({
    start(controller) {
      function tell(line: object): void {
        controller.enqueue(`${JSON.stringify(line)}\n`)
      }
      timer = setInterval(() => tell(progress()), INTERVAL_MS)
      ended
        .then(
          (result) => ({ done: true, ...result }),
          (error: Error) => refuse(error, requestId, uploads.log).json() as Promise<object>,
        )
        .then((last) => {
          clearInterval(timer)
          tell(last)
          controller.close()
        })
        // Whoever asked has gone.
        .catch(() => undefined)
    },
    cancel: () => clearInterval(timer),
  })
  return new Response(stream.pipeThrough(new TextEncoderStream()), {
    headers: { 'Content-Type': NDJSON, 'Cache-Control': 'no-store', Connection: 'close' },
  })
}
