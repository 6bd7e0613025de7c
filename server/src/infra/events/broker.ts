import { connect } from 'amqplib'

export type Message = {
  id: string
  routingKey: string
  contentType: string
  body: string
  timestampMs: number
  headers: Readonly<Record<string, string>>
}

/** A connection to a RabbitMQ broker for publishing. */
export type Broker = {
  /** Resolves once the broker has all of the messages on its disks, in this order; rejects when that is not certain. */
  publish: (messages: readonly Message[]) => Promise<void>
  close: () => Promise<void>
}

const HEARTBEAT_S = 10
const CONNECT_TIMEOUT_MS = 5000
const CONFIRM_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_MS = 1000

/**
 * Connects, and declares the exchange (durable, topic) and beside it `<exchange>.dead`, to which queues of consumers send what they
 * cannot handle. A connection that breaks stays broken: whoever publishes makes another.
 */
export async function openBroker(url: string, exchange: string): Promise<Broker> {
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)
  const connection = await connect(withHeartbeat(url), { timeout: CONNECT_TIMEOUT_MS })
  connection.on('error', broken.reject)
  connection.on('close', () => broken.reject(new Error('The connection to RabbitMQ was closed')))
  const channel = await connection.createConfirmChannel()
  channel.on('error', broken.reject)
  channel.on('close', () => broken.reject(new Error('The channel to RabbitMQ was closed')))
  await channel.assertExchange(exchange, 'topic', { durable: true })
  await channel.assertExchange(`${exchange}.dead`, 'topic', { durable: true })

  function confirmed({ id, routingKey, contentType, body, timestampMs, headers }: Message): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const properties = {
      messageId: id,
      type: routingKey,
      contentType,
      contentEncoding: 'utf-8',
      timestamp: Math.floor(timestampMs / 1000),
      appId: 'tandem',
      headers: { ...headers },
      persistent: true,
    }
    channel.publish(exchange, routingKey, Buffer.from(body), properties, (error) => {
      if (error === null || error === undefined) resolve()
      else reject(error as Error)
    })
    return promise
  }
  return {
    async publish(messages) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const tooLate = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('RabbitMQ confirms nothing')), CONFIRM_TIMEOUT_MS)
      })
      try {
        await Promise.race([Promise.all(messages.map(confirmed)), broken.promise, tooLate])
      } finally {
        clearTimeout(timer)
      }
    },
    async close() {
      await Promise.race([connection.close().catch(() => undefined), Bun.sleep(CLOSE_TIMEOUT_MS)])
    },
  }
}

function withHeartbeat(url: string): string {
  const target = new URL(url)
  if (!target.searchParams.has('heartbeat')) target.searchParams.set('heartbeat', String(HEARTBEAT_S))
  return target.href
}
