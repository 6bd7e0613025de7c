export type Target = { hostname: string; port: number }

export type Reply = {
  status: number
  bodyBytes: number
  hasRetryAfter: boolean
  /** Empty unless the request asked for it. */
  body: string
}

export type Connection = {
  /** Sends one request, whose reply goes to `onReply`; one at a time. */
  send: (request: Uint8Array, wantsBody: boolean) => void
  close: () => void
}

type Handlers = {
  onReply: (reply: Reply) => void
  /** The other side closed the connection; whatever was under way gets no reply. */
  onLost: () => void
}

const HEAD_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)

/**
 * A keep-alive HTTP/1.1 connection that costs the generator as little as possible: replies must carry Content-Length, of their
 * head only the status, the length and Retry-After are looked at, and a body that nobody wants is only counted.
 */
export async function openConnection({ hostname, port }: Target, handlers: Handlers): Promise<Connection> {
  let head = NOTHING
  let missing = 0
  let isWanted = false
  let parts: Buffer[] = []
  let reply: Reply = { status: 0, bodyBytes: 0, hasRetryAfter: false, body: '' }
  let isClosed = false

  function take(chunk: Buffer): void {
    if (missing > 0) {
      takeBody(chunk)
      return
    }
    const text = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const headLength = text.indexOf(HEAD_END)
    if (headLength < 0) {
      head = Buffer.from(text)
      return
    }
    head = NOTHING
    reply = readHead(text.toString('latin1', 0, headLength))
    missing = reply.bodyBytes
    takeBody(text.subarray(headLength + HEAD_END.length))
  }

  function takeBody(chunk: Buffer): void {
    missing -= chunk.length
    if (isWanted) parts.push(Buffer.from(chunk))
    if (missing > 0) return
    missing = 0
    if (isWanted) reply.body = Buffer.concat(parts).toString()
    handlers.onReply(reply)
  }

  function fail(error: Error): void {
    // What the system reports is a broken connection; anything else is a fault here and must end the process.
    if ('code' in error) {
      lose()
      return
    }
    queueMicrotask(() => {
      throw error
    })
  }

  function lose(): void {
    if (isClosed) return
    isClosed = true
    handlers.onLost()
  }

  const socket = await Bun.connect({
    hostname,
    port,
    socket: { data: (_, chunk) => take(chunk), close: lose, error: (_, error) => fail(error) },
  })
  socket.setNoDelay(true)

  return {
    send(request, wantsBody) {
      isWanted = wantsBody
      parts = []
      socket.write(request)
    },
    close() {
      isClosed = true
      socket.end()
    },
  }
}

function readHead(head: string): Reply {
  const status = Number(head.slice(9, 12))
  const length = /content-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined && status !== 204) throw new Error(`A reply came without Content-Length:\n${head}`)
  const hasRetryAfter = status === 503 && /^retry-after: *\d/im.test(head)
  return { status, bodyBytes: Number(length ?? 0), hasRetryAfter, body: '' }
}

export function getRequest(path: string): Uint8Array {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`)
}

export function postRequest(path: string, body: unknown): Uint8Array {
  const text = JSON.stringify(body)
  const head = `POST ${path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n`
  return Buffer.from(head + text)
}
