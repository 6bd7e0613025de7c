import type { Context } from '../../context.ts'
import { createBatcher, type Batcher } from '../../infra/batch/batcher.ts'
import { createReader, type Reader } from '../../infra/batch/reader.ts'
import type { ChangeFeed, FeedHandlers } from '../../infra/cache/change-feed.ts'
import type { Call } from '../../infra/db/commands.ts'
import { retryWithout } from '../../infra/db/database-errors.ts'
import { every, type Timer } from '../../infra/timer.ts'
import { findUsers } from '../people/index.ts'
import { createCrowd, type Crowd } from './chat/crowd.ts'
import { createHub, type Hub } from './chat/hub.ts'
import { messagesText } from './chat/protocol.ts'
import { readTold, saidText } from './chat/told.ts'
import type { Message, NewMessage } from './domain/message.ts'
import { listMessagesAfter } from './queries/messages.ts'
import { findRooms, listLastNumbers } from './queries/rooms.ts'
import { sendMessages } from './send-message.ts'

/** What the use cases of this feature share within a process. */
export type Rooms = Pick<Context, 'db' | 'workspaceId' | 'answers'> & {
  sends: Pick<Batcher<Call<NewMessage>, Message>, 'submit'>
  /** The last number of a room that there is. */
  places: Reader<number>
  users: Reader<unknown>
  hub: Hub
  crowd: Crowd
  /** Clients this process serves at once. */
  maxClients: number
  figures: RoomFigures
  close: () => Promise<void>
}

/** What this process has counted since it began, and the clients it has now. */
export type RoomFigures = { clients: number; sent: number; delivered: number }

type Handlers = Omit<FeedHandlers, 'log'>

export type RoomOptions = {
  maxClients?: number
  /** How processes tell each other; without it there is one. */
  openFeed?: (handlers: Handlers) => ChangeFeed
  onFailure?: (error: unknown) => void
}

const PAGE_SIZE = 50
/** How often every open room is asked for, in case nobody told. */
const CHECK_EVERY_MS = 5000
/** How often all who are present are told anew, in case somebody missed it. */
const TELL_ALL_EVERY_MS = 10_000

export function createRooms(context: Context, options: RoomOptions = {}): Rooms {
  const { db, workspaceId, answers, batching } = context
  const { maxClients = 2000, openFeed, onFailure = () => undefined } = options
  const figures: RoomFigures = { clients: 0, sent: 0, delivered: 0 }
  const crowd = createCrowd(() => feed)
  const hub = createHub({
    readAfter: (places) => listMessagesAfter(db, workspaceId, places, PAGE_SIZE),
    readLast: (rooms) => listLastNumbers(db, workspaceId, rooms),
    textOf: messagesText,
    onFailure,
  })
  const feed = openFeed?.(handlersOf(hub, crowd, onFailure)) ?? null

  function onCommitted(messages: readonly Message[]): void {
    figures.sent += messages.length
    for (const [room, said] of Map.groupBy(messages, (message) => message.room)) {
      hub.committed(room, said)
      feed?.publish([saidText(room, said.at(-1)!.number)])
    }
  }

  const deps = { db, workspaceId, answers }
  const sends = createBatcher<Call<NewMessage>, Message>({
    ...batching,
    // One after another, so that what somebody sends keeps its order.
    maxInFlight: 1,
    name: sendMessages.name,
    run: (calls) => sendMessages(deps, calls, onCommitted),
    keysOf: ({ input, once }) => [
      JSON.stringify([input.room, input.userId, input.clientId]),
      ...(once === null ? [] : [`once:${once.key}`]),
    ],
    retry: retryWithout,
  })
  const timers = feed === null ? [] : startTimers(hub, crowd, onFailure)
  return {
    ...deps,
    sends,
    places: createReader((rooms) => findRooms(db, workspaceId, rooms), batching),
    users: createReader((userIds) => findUsers(db, workspaceId, userIds), batching),
    hub,
    crowd,
    maxClients,
    figures,
    async close() {
      await Promise.all([...timers.map((timer) => timer.stop()), hub.close(), feed?.close()])
    },
  }
}

function startTimers(hub: Hub, crowd: Crowd, onFailure: (error: unknown) => void): Timer[] {
  return [
    every(CHECK_EVERY_MS, hub.checkAll, onFailure),
    every(TELL_ALL_EVERY_MS, async () => crowd.tellAll(), onFailure),
  ]
}

function handlersOf(hub: Hub, crowd: Crowd, onFailure: (error: unknown) => void): Handlers {
  return {
    onChanged(texts, sender) {
      for (const told of texts.map(readTold)) {
        if (told?.kind === 'said') hub.heard(told.room, told.number)
        else if (told !== null) crowd.hear(told, sender)
      }
    },
    onLost: () => void hub.checkAll().catch(onFailure),
    onUp: crowd.introduce,
    onGone: crowd.forget,
  }
}
