import { explainIssues } from '../../../infra/http/explain-issues.ts'
import type { OpenSession } from '../../../infra/http/sockets.ts'
import { AppError } from '../../../shared/errors.ts'
import { unknownRoom } from '../refusals.ts'
import type { Rooms } from '../rooms.ts'
import { sendMessage } from '../send-message.ts'
import type { Member } from './crowd.ts'
import type { Listener } from './hub.ts'
import { ClientMessage, errorText, joinedText, leftText, sentText } from './protocol.ts'

type Message<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>
/** One client in one room, from its wish to join on. */
type Seat = Listener & Member & { isJoined: boolean; typedAt: number; stopListening: () => void }

export type SessionOptions = {
  userId: string
  stopping: AbortSignal
  /** Gives what a failure that is nobody's fault looks like from outside. */
  asRefusal: (error: unknown) => { code: string; message: string }
}

const MAX_ROOMS = 50
/** Messages of one client that are being sent, and rooms it is joining. */
const MAX_WAITING = 64
const TYPING_EVERY_MS = 1000

/** What one client does and is told, from its first message to the last. */
export function openChat(rooms: Rooms, { userId, stopping, asRefusal }: SessionOptions): OpenSession {
  const { hub, crowd, figures } = rooms
  return (sender) => {
    const seats = new Map<string, Seat>()
    let waiting = 0
    let isStopping = false

    function leave(room: string, seat: Seat): void {
      seats.delete(room)
      seat.stopListening()
      crowd.leave(room, seat)
    }

    async function join({ room, after }: Message<'join'>): Promise<void> {
      if (seats.has(room)) throw new AppError('conflict', 'ALREADY_JOINED', `You are in ${room} already.`)
      if (seats.size >= MAX_ROOMS) {
        throw new AppError('conflict', 'TOO_MANY_ROOMS', `A connection may be in ${MAX_ROOMS} rooms at once.`)
      }
      const seat = seatFor(room)
      seats.set(room, seat)
      try {
        const lastNumber = await rooms.places.submit(room)
        // It may have left or gone meanwhile, and even come again.
        if (seats.get(room) === seat) begin(room, seat, lastNumber, after)
      } catch (error) {
        if (seats.get(room) === seat) leave(room, seat)
        throw error
      }
    }

    /** Listens from the start, so that nothing said meanwhile is missed. */
    function seatFor(room: string): Seat {
      const seat: Seat = {
        userId,
        isFree: sender.isFree,
        send: sender.send,
        isOutOfDate: false,
        position: Number.POSITIVE_INFINITY,
        isJoined: false,
        typedAt: Number.NEGATIVE_INFINITY,
        stopListening: () => undefined,
        onMessages(text, count) {
          figures.delivered += count
          sender.send(text)
        },
      }
      return Object.assign(seat, { stopListening: hub.listen(room, seat) })
    }

    function begin(room: string, seat: Seat, lastNumber: number | undefined, after = lastNumber): void {
      if (lastNumber === undefined || after === undefined) throw unknownRoom(room)
      if (after > lastNumber) {
        throw new AppError('invalid', 'INVALID_REQUEST', `after: the last message of ${room} is ${lastNumber}.`)
      }
      seat.isJoined = true
      crowd.enter(room, seat)
      sender.send(joinedText(room, lastNumber, crowd.shownTo(room, seat)))
      seat.position = after
      hub.heard(room, lastNumber)
      hub.look(room)
    }

    async function send({ room, client_id: clientId, text }: Message<'send'>): Promise<void> {
      if (isStopping) throw new AppError('overloaded', 'STOPPING', 'This process is stopping.')
      const input = { room, userId, clientId, text }
      const message = await sendMessage(rooms, { actor: { kind: 'local' }, input, once: null })
      sender.send(sentText(message))
    }

    function type({ room }: Message<'typing'>): void {
      const seat = joined(room)
      const now = performance.now()
      if (now - seat.typedAt < TYPING_EVERY_MS) return
      seat.typedAt = now
      crowd.type(room, seat)
    }

    function joined(room: string): Seat {
      const seat = seats.get(room)
      if (seat?.isJoined === true) return seat
      throw new AppError('conflict', 'NOT_JOINED', `You are not in ${room}.`)
    }

    async function act(message: ClientMessage): Promise<void> {
      switch (message.type) {
        case 'join':
          return join(message)
        case 'send':
          return send(message)
        case 'typing':
          return type(message)
        case 'leave': {
          const seat = seats.get(message.room)
          if (seat === undefined) throw new AppError('conflict', 'NOT_JOINED', `You are not in ${message.room}.`)
          leave(message.room, seat)
          sender.send(leftText(message.room))
        }
      }
    }

    async function actInTurn(message: ClientMessage): Promise<void> {
      if (waiting >= MAX_WAITING) {
        throw new AppError('overloaded', 'TOO_MANY_MESSAGES', `${MAX_WAITING} of your messages are waiting; try again.`)
      }
      waiting++
      try {
        await act(message)
      } finally {
        waiting--
      }
    }

    function endWhenDone(): void {
      if (isStopping && waiting === 0) sender.end('STOPPING')
    }
    function stop(): void {
      isStopping = true
      endWhenDone()
    }

    figures.clients++
    stopping.addEventListener('abort', stop)
    if (stopping.aborted) stop()
    return {
      onMessage(text) {
        const given = readJson(text)
        void parse(given)
          .then(actInTurn)
          .catch((error: unknown) => sender.send(errorText(given, asRefusal(error))))
          .finally(endWhenDone)
      },
      onFree() {
        for (const [room, seat] of seats) {
          crowd.bringUpToDate(room, seat)
          hub.look(room)
        }
      },
      onClose() {
        figures.clients--
        stopping.removeEventListener('abort', stop)
        for (const [room, seat] of seats) leave(room, seat)
      },
    }
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function parse(given: unknown): Promise<ClientMessage> {
  if (given === undefined) throw new AppError('invalid', 'INVALID_REQUEST', 'The message is not JSON.')
  const message = ClientMessage.safeParse(given)
  if (message.success) return message.data
  throw new AppError('invalid', 'INVALID_REQUEST', explainIssues(message.error.issues))
}
