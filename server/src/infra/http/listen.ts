import type { Server } from 'bun'
import { StartupError } from '../../shared/errors.ts'
import { socketHandler, wantsSocket, type SocketData, type Sockets } from './sockets.ts'

export type ListenOptions = {
  hostname: string
  port: number
  idleTimeoutS: number
  /** Other processes of ours listen on the same port; the kernel spreads connections over them. */
  isShared?: boolean
  /** Paths of WebSockets. */
  sockets?: Sockets
}

export type Listener = {
  url: string
  /** Takes no new connections and waits for requests under way, at most `timeoutMs`; then closes what is left. */
  stop: (timeoutMs: number) => Promise<void>
}

export function listen(fetch: (request: Request) => Response | Promise<Response>, options: ListenOptions): Listener {
  const { hostname, port, idleTimeoutS, isShared = false, sockets = {} } = options
  try {
    // Bun's own limit would answer outside the error envelope; ours reads no further than it allows.
    const server = Bun.serve<SocketData>({
      hostname,
      port,
      reusePort: isShared,
      idleTimeout: idleTimeoutS,
      maxRequestBodySize: 2 ** 40,
      fetch: (request, upgrader) =>
        wantsSocket(request) ? upgrade(request, upgrader, sockets, fetch) : fetch(request),
      websocket: socketHandler(idleTimeoutS),
    })
    return {
      url: server.url.href.replace(/\/$/, ''),
      async stop(timeoutMs) {
        await Promise.race([server.stop(), whenIdle(server), Bun.sleep(timeoutMs)])
        await server.stop(true)
      },
    }
  } catch (error) {
    throw cannotListen(hostname, port, error)
  }
}

async function upgrade(
  request: Request,
  server: Server<SocketData>,
  sockets: Sockets,
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<Response | undefined> {
  const accept = sockets[new URL(request.url).pathname]
  if (accept === undefined) return fetch(request)
  const accepted = await accept(request)
  if (accepted instanceof Response) return accepted
  const data: SocketData = { open: accepted, session: null, silences: 0, timer: null }
  return server.upgrade(request, { data }) ? undefined : fetch(request)
}

export type ReservedPort = { port: number; release: () => void }

/** Makes sure that nobody listens on the port; for 0 it takes a free one, and keeps others off it until `release`. */
export function reservePort(hostname: string, port: number): ReservedPort {
  try {
    const server = Bun.serve({
      hostname,
      port,
      reusePort: port === 0,
      fetch: () => new Response(null, { status: 503 }),
    })
    // Whoever connects to a port that everybody knows must not end up here.
    if (port !== 0) void server.stop(true)
    return { port: server.port ?? port, release: () => void server.stop(true) }
  } catch (error) {
    throw cannotListen(hostname, port, error)
  }
}

function cannotListen(hostname: string, port: number, error: unknown): StartupError {
  return new StartupError(`Cannot listen on ${hostname}:${port}: ${reasonOf(error)}`, { cause: error })
}

/** Keep-alive connections without a request must not hold up a stop; WebSockets end by themselves when they are told to. */
async function whenIdle(server: { pendingRequests: number; pendingWebSockets: number }): Promise<void> {
  while (server.pendingRequests > 0 || server.pendingWebSockets > 0) await Bun.sleep(20)
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string }
  if (code === 'EADDRINUSE') return 'something else listens there already. Stop it, or choose another PORT.'
  if (code === 'EACCES') return 'this user may not. Choose a PORT from 1024 up.'
  return message
}
