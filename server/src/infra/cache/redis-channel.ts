import { createClient, RESP_TYPES, type RedisArgument } from '@redis/client'
import type { OpenChannel } from './change-feed.ts'
import type { Message } from './feed-message.ts'
import { type Connection, type KeptConnection, keepConnected } from './keep-connected.ts'

export type RedisOptions = {
  url: string
  /** Which installation: the same for all processes on one database, and no others. */
  scope: string
}

type Reply = string | Buffer | null | Reply[]

export type Redis = {
  /** To be opened once. */
  openChannel: OpenChannel
  /** Runs a script, after everything that was sent before; null while there is no connection. */
  run: (script: string, keys: readonly string[], values: readonly RedisArgument[]) => Promise<Reply> | null
  /** Names a generation of all shared answers: deleting it makes them all unusable. */
  epochKey: string
  answerKey: (key: string) => string
}

type Line = Connection & {
  run: (command: RedisArgument[]) => Promise<Reply>
  /** What fails here breaks the connection, and with it what was asked after it. */
  publish: (command: RedisArgument[]) => Promise<void>
}

const CONNECT_WITHIN_MS = 3000
const MAX_COMMANDS_WAITING = 20_000

/** Deletes before it tells, in one step: whoever hears of the change finds the old answer gone. */
const PUBLISH = `
for _, key in ipairs(KEYS) do redis.call('DEL', key) end
return redis.call('PUBLISH', ARGV[1], ARGV[2])`

/**
 * The processes on one database, over one Redis server, and what they keep there. Everything goes over one connection,
 * so that this process finds deleted what it has told of. All names carry the scope, for one Redis may serve several
 * installations.
 */
export function openRedis({ url, scope }: RedisOptions): Redis {
  const prefix = prefixOf(scope)
  const [channel, epochKey] = [`${prefix}changes`, `${prefix}epoch`]
  const answerKey = (key: string) => `${prefix}answer:${key}`
  let kept: KeptConnection<Line> | null = null

  async function publish(messages: readonly Message[]): Promise<void> {
    const line = kept?.current() ?? null
    if (line === null) throw new Error('Not connected')
    await Promise.all(
      messages.map(({ text, changed }) => {
        const keys = changed === null ? [epochKey] : changed.map(answerKey)
        return line.publish(evalCommand(PUBLISH, keys, [channel, text]))
      }),
    )
  }

  return {
    openChannel({ onMessage, onUp, onDown }) {
      const opened = keepConnected({
        // Neither this process, if it lost the connection, nor the one before it knows whether its last deletions arrived;
        // nor does Redis, if it was restarted.
        open: (onBroken) => connect(url, { channel, first: ['DEL', epochKey], onMessage, onBroken }),
        onUp,
        onDown,
      })
      kept = opened
      return { publish, reconnect: opened.giveUp, close: opened.close }
    },
    run: (script, keys, values) => kept?.current()?.run(evalCommand(script, keys, values)) ?? null,
    epochKey,
    answerKey,
  }
}

/** A channel beside the one for answers, with a connection of its own: what is told there changes nothing in Redis. */
export function redisChannel({ url, scope }: RedisOptions, name: 'rooms'): OpenChannel {
  const channel = `${prefixOf(scope)}${name}`
  return ({ onMessage, onUp, onDown }) => {
    const kept = keepConnected({ open: (onBroken) => connect(url, { channel, onMessage, onBroken }), onUp, onDown })
    return {
      async publish(messages) {
        const line = kept.current()
        if (line === null) throw new Error('Not connected')
        await Promise.all(messages.map(({ text }) => line.publish(['PUBLISH', channel, text])))
      },
      reconnect: kept.giveUp,
      close: kept.close,
    }
  }
}

function prefixOf(scope: string): string {
  return `tandem:{${scope}}:`
}

type LineOptions = {
  channel: string
  /** Runs when the channel is heard, before anything else. */
  first?: RedisArgument[]
  onMessage: (text: string) => void
  onBroken: (error: Error) => void
}

function connect(url: string, { channel, first, onMessage, onBroken }: LineOptions): Line {
  const client = createClient({
    url,
    name: 'tandem',
    // In RESP3 a connection that is subscribed takes commands too.
    RESP: 3,
    // Commands never outlive their connection: a later one must not overtake or repeat them.
    socket: {
      reconnectStrategy: false,
      connectTimeout: CONNECT_WITHIN_MS,
      keepAlive: true,
      keepAliveInitialDelay: 10_000,
    },
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_COMMANDS_WAITING,
    maintNotifications: 'disabled',
    commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  })
  let isOver = false
  const fail = (error: Error) => {
    isOver = true
    onBroken(error)
  }
  const end = () => {
    isOver = true
    client.destroy()
  }
  client.on('error', fail)
  async function begin(): Promise<void> {
    await client.connect()
    // A client cannot be ended while it connects.
    if (isOver) return end()
    await client.subscribe(channel, onMessage)
    if (first !== undefined) await client.sendCommand(first)
  }
  return {
    ready: begin(),
    end,
    async run(command) {
      const reply = await client.sendCommand<Reply>(command)
      if (isOver) throw new Error('The connection broke meanwhile')
      return reply
    },
    async publish(command) {
      try {
        await client.sendCommand(command)
      } catch (error) {
        fail(error as Error)
        throw error
      }
    },
  }
}

function evalCommand(script: string, keys: readonly string[], values: readonly RedisArgument[]): RedisArgument[] {
  return ['EVAL', script, String(keys.length), ...keys, ...values]
}
