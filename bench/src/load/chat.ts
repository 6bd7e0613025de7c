import type { ChatResult, ChatStep, ChatTask, FromChat, ToChat } from './chat-task.ts'
import { Histogram } from './histogram.ts'

type Client = { socket: WebSocket; room: string }

const CONNECTED_AT_ONCE = 50
const TICK_MS = 5
/** For what is still on its way at the end of a step. */
const LINGER_MS = 1000
const TEXT = 'Could you have a look at the second commit? The lock is taken before the row is read, I think.'

const clients: Client[] = []
/** When each message of this step left that was sent after the warm-up. */
const sentAt = new Map<string, number>()
let result = emptyResult()
let latencies = new Histogram()

function emptyResult(): ChatResult {
  return { sent: 0, acknowledged: 0, delivered: 0, errors: 0, counts: [], maxMs: 0 }
}

async function connectAll({ port, rooms, usersOf }: ChatTask): Promise<number> {
  const seats = rooms.flatMap((room, index) => (usersOf[index] ?? []).map((userId) => ({ room, userId }))).values()
  await Promise.all(
    Array.from({ length: CONNECTED_AT_ONCE }, async () => {
      for (const { room, userId } of seats) clients.push(await connect(port, room, userId))
    }),
  )
  return clients.length
}

async function connect(port: number, room: string, userId: string): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat?user_id=${userId}`)
  const joined = Promise.withResolvers<void>()
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'join', room })))
  socket.addEventListener('close', () => {
    result.errors++
    joined.reject(new Error(`The connection of ${userId} ended`))
  })
  socket.addEventListener('message', ({ data }) => receive(JSON.parse(data as string) as Received, joined.resolve))
  await joined.promise
  return { socket, room }
}

type Received = { type: string; client_id?: string; messages?: { client_id: string }[] }

function receive({ type, client_id: acknowledged = '', messages = [] }: Received, onJoined: () => void): void {
  if (type === 'joined') onJoined()
  else if (type === 'error') result.errors++
  else if (type === 'sent' && sentAt.has(acknowledged)) result.acknowledged++
  const now = performance.now()
  for (const message of messages) {
    const at = sentAt.get(message.client_id)
    if (at === undefined) continue
    result.delivered++
    latencies.record(now - at)
  }
}

async function runStep({ name, startAtMs, ratePerSecond, warmUpMs, durationMs }: ChatStep): Promise<ChatResult> {
  result = emptyResult()
  latencies = new Histogram()
  sentAt.clear()
  const startMs = startAtMs - performance.timeOrigin
  let count = 0
  for (let elapsedMs = 0; elapsedMs < warmUpMs + durationMs; elapsedMs = performance.now() - startMs) {
    for (const due = (elapsedMs / 1000) * ratePerSecond; count < due; count++) {
      say(`${name}-${count}`, clients[(count * 7) % clients.length]!, elapsedMs >= warmUpMs)
    }
    await Bun.sleep(TICK_MS)
  }
  await Bun.sleep(LINGER_MS)
  return { ...result, counts: latencies.counts, maxMs: latencies.maxMs }
}

function say(clientId: string, { socket, room }: Client, isMeasured: boolean): void {
  if (isMeasured) {
    sentAt.set(clientId, performance.now())
    result.sent++
  }
  socket.send(JSON.stringify({ type: 'send', room, client_id: clientId, text: TEXT }))
}

function tell(message: FromChat): void {
  process.send?.(message)
}

process.on('disconnect', () => process.exit(0))
process.on('message', (message: ToChat) => {
  if ('task' in message) void connectAll(message.task).then((connected) => tell({ connected }))
  else void runStep(message.step).then(tell)
})
