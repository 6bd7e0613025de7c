export type Reply = { status: number; body: Uint8Array }

export type Connection = {
  /** Sends one request and gives its reply; one at a time. */
  send: (request: Uint8Array) => Promise<Reply>
  close: () => void
}

const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * A keep-alive HTTP/1.1 connection that costs the generator as little as possible: replies must carry Content-Length.
 */
export async function openConnection(hostname: string, port: number): Promise<Connection> {
  let received: Buffer = Buffer.alloc(0)
  let waiting: PromiseWithResolvers<Reply> | null = null

  function settle(): void {
    const headLength = received.indexOf(HEAD_END)
    if (headLength < 0 || waiting === null) return
    const head = received.toString('latin1', 0, headLength)
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    const bodyStart = headLength + HEAD_END.length
    if (received.length < bodyStart + length) return
    const body = received.subarray(bodyStart, bodyStart + length)
    received = received.subarray(bodyStart + length)
    const { resolve } = waiting
    waiting = null
    resolve({ status: Number(head.slice(9, 12)), body })
  }

  function fail(): void {
    waiting?.reject(new Error('The server closed the connection'))
    waiting = null
  }

  const socket = await Bun.connect({
    hostname,
    port,
    socket: {
      data(_, chunk) {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
        settle()
      },
      close: fail,
      error: fail,
    },
  })
  socket.setNoDelay(true)

  return {
    send(request) {
      waiting = Promise.withResolvers<Reply>()
      socket.write(request)
      return waiting.promise
    },
    close: () => socket.end(),
  }
}

export function getRequest(path: string): Uint8Array {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`)
}

export function postRequest(path: string, body: unknown): Uint8Array {
  const text = JSON.stringify(body)
  const head = `POST ${path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n`
  return Buffer.from(head + text)
}
