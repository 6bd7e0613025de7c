import type { ServerWebSocket, WebSocketHandler } from 'bun'

export type SocketSender = {
  send: (text: string) => void
  /** Messages of their own that go out together, which costs less than one by one. */
  sendAll: (texts: readonly string[]) => void
  /** Whether what was sent before has been taken. */
  isFree: () => boolean
  /** Says why, and closes. */
  end: (reason: string) => void
}

/** What one connection does, once it is open. */
export type SocketSession = {
  onMessage?: (text: string) => void
  /** It takes what is sent again, after it was not free. */
  onFree?: () => void
  onClose: () => void
}

/** Begins a session on a connection. */
export type OpenSession = (sender: SocketSender) => SocketSession

/** Answers a request to become a WebSocket: with a refusal, or with what begins once it has. */
export type Accept = (request: Request) => Promise<Response | OpenSession>

/** By path. */
export type Sockets = Readonly<Record<string, Accept>>

export type SocketData = {
  open: OpenSession
  session: SocketSession | null
  silences: number
  timer: ReturnType<typeof setInterval> | null
}

const FREE_BYTES = 64 * 2 ** 10
const CHECK_MS = 10_000
const MAX_SILENCES = 3
const MAX_MESSAGE_BYTES = 64 * 2 ** 10
/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013

export function wantsSocket(request: Request): boolean {
  return request.headers.get('Upgrade')?.toLowerCase() === 'websocket'
}

/**
 * Bun asks and answers pings by itself. From whoever does not take what was sent nothing more is read, and whoever takes nothing for half a
 * minute is cut off.
 */
export function socketHandler(idleTimeoutS: number): WebSocketHandler<SocketData> {
  return {
    idleTimeout: idleTimeoutS,
    maxPayloadLength: MAX_MESSAGE_BYTES,
    // A message that does not fit would be lost without a word.
    closeOnBackpressureLimit: true,
    open(socket) {
      const sender = senderOf(socket)
      socket.data.session = socket.data.open(sender)
      socket.data.timer = setInterval(() => check(socket, sender), CHECK_MS)
    },
    message(socket, message) {
      socket.data.session?.onMessage?.(message.toString())
      if (!isFree(socket)) socket.pause()
    },
    drain(socket) {
      if (!isFree(socket)) return
      if (socket.isPaused) socket.resume()
      socket.data.session?.onFree?.()
    },
    close(socket) {
      if (socket.data.timer !== null) clearInterval(socket.data.timer)
      socket.data.session?.onClose()
      socket.data.session = null
    },
  }
}

function senderOf(socket: ServerWebSocket<SocketData>): SocketSender {
  return {
    send: (text) => void socket.send(text),
    sendAll: (texts) => socket.cork(() => texts.forEach((text) => socket.send(text))),
    isFree: () => isFree(socket),
    end(reason) {
      socket.send(JSON.stringify({ end: reason }))
      socket.close(reason === 'STOPPING' ? GOING_AWAY : TRY_AGAIN_LATER, reason)
    },
  }
}

function isFree(socket: ServerWebSocket<SocketData>): boolean {
  return socket.getBufferedAmount() < FREE_BYTES
}

function check({ data }: ServerWebSocket<SocketData>, sender: SocketSender): void {
  data.silences = sender.isFree() ? 0 : data.silences + 1
  if (data.silences === MAX_SILENCES) sender.end('TOO_SLOW')
}
