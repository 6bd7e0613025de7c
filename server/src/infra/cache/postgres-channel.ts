import { Socket } from 'node:net'
import pg from 'pg'
import type { OpenChannel } from './change-feed.ts'
import { type Connection, keepConnected } from './keep-connected.ts'

const PUBLISH = 'SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message'

type Listener = Connection & { publish: (texts: readonly string[]) => Promise<void> }

/** What is told by it: answers that changed, or what happens in rooms. */
type ChannelName = 'tandem_changes' | 'tandem_rooms'

/**
 * The processes on one database, over LISTEN and NOTIFY on a connection of its own (not through a pooler that shares
 * connections between transactions). It notifies outside the transactions that write: a transaction that notifies holds a lock of the
 * whole cluster from before its commit until after, flush to disk included, so that writers would queue for it. One
 * that only notifies has nothing to flush and holds it for microseconds.
 */
export function postgresChannel(url: string, name: ChannelName = 'tandem_changes'): OpenChannel {
  return ({ onMessage, onUp, onDown }) => {
    const kept = keepConnected({ open: (onBroken) => listen({ url, name, onMessage, onBroken }), onUp, onDown })
    return {
      async publish(messages) {
        const listener = kept.current()
        if (listener === null) throw new Error('Not connected')
        await listener.publish(messages.map(({ text }) => text))
      },
      reconnect: kept.giveUp,
      close: kept.close,
    }
  }
}

type ListenOptions = {
  url: string
  name: ChannelName
  onMessage: (text: string) => void
  onBroken: (error: Error) => void
}

function listen({ url, name, onMessage, onBroken }: ListenOptions): Listener {
  const socket = new Socket()
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tandem-feed',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    stream: () => socket,
  })
  let isEnding = false
  client.on('error', onBroken)
  client.on('end', () => onBroken(new Error('The connection was closed')))
  client.on('notification', ({ payload = '' }) => {
    if (!isEnding) onMessage(payload)
  })
  return {
    ready: subscribe(client, name),
    async publish(texts) {
      try {
        await client.query({ name: 'publish', text: PUBLISH, values: [name, texts] })
      } catch (error) {
        onBroken(error as Error)
        throw error
      }
    },
    end() {
      if (isEnding) return
      isEnding = true
      void client.end().catch(() => undefined)
      // A connection that has gone dead would never confirm its end.
      socket.destroySoon()
    },
  }
}

async function subscribe(client: pg.Client, name: ChannelName): Promise<void> {
  await client.connect()
  await client.query(`LISTEN ${name}`)
}
