/** One message of https://html.spec.whatwg.org/multipage/server-sent-events.html; without an event it is a plain `message`. */
export type SentEvent = { id?: string; event?: string; data: string }

export type EventSender = {
  send: (events: readonly SentEvent[]) => void
  /** Whether what was sent before has been taken. */
  isFree: () => boolean
  /** Tells why as a last event named `end`, and ends the stream. */
  end: (reason: string) => void
}

type Options = {
  stopping: AbortSignal
  requestId: string
  /** Called once, with what sends; gives what is to be done when the stream has ended, whoever ended it. */
  open: (sender: EventSender) => () => void
  /** How often a comment is sent; a reader who takes nothing for three times as long is cut off. */
  heartbeatMs?: number
}

const HEARTBEAT_MS = 10_000
const RECONNECT_AFTER_MS = 1000
const FREE_BYTES = 64 * 2 ** 10
const MAX_SILENCES = 3

/** An answer that goes on until one of both sides ends it; its comments keep the connection from counting as silent. */
export function serverSentEvents({ stopping, requestId, open, heartbeatMs = HEARTBEAT_MS }: Options): Response {
  const encoder = new TextEncoder()
  let onEnd: (() => void) | null = null
  let isOver = false
  let timer: ReturnType<typeof setInterval> | undefined

  function finish(): void {
    if (isOver) return
    isOver = true
    clearInterval(timer)
    stopping.removeEventListener('abort', stop)
    onEnd?.()
  }
  let stop = (): void => undefined
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const isFree = () => (controller.desiredSize ?? 0) > 0
        const write = (text: string) => controller.enqueue(encoder.encode(text))
        function end(reason: string): void {
          if (isOver) return
          write(textOf({ event: 'end', data: JSON.stringify({ reason }) }))
          finish()
          controller.close()
        }
        stop = () => end('STOPPING')
        const sender: EventSender = {
          send(events) {
            if (!isOver) write(events.map(textOf).join(''))
          },
          isFree,
          end,
        }
        let silences = 0
        function beat(): void {
          silences = isFree() ? 0 : silences + 1
          if (silences === 0) write(':\n\n')
          else if (silences === MAX_SILENCES) end('TOO_SLOW')
        }
        stopping.addEventListener('abort', stop)
        timer = setInterval(beat, heartbeatMs)
        write(`retry: ${RECONNECT_AFTER_MS}\n\n`)
        const close = open(sender)
        // It may have ended it at once.
        if (isOver) close()
        else onEnd = close
        if (stopping.aborted) stop()
      },
      cancel: finish,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: FREE_BYTES }),
  )
  return new Response(stream, {
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies must not gather what is to be seen at once.
      'X-Accel-Buffering': 'no',
      'X-Request-Id': requestId,
    },
  })
}

/** No line of `data` may be broken; JSON has no line breaks. */
function textOf({ id, event, data }: SentEvent): string {
  const lines = [id === undefined ? '' : `id: ${id}\n`, event === undefined ? '' : `event: ${event}\n`]
  return `${lines.join('')}data: ${data}\n\n`
}
