// An example of a consumer: prints every event once. npm install amqplib && AMQP_URL=amqp://… node consume.mjs
//
// The queue is replicated (quorum) and outlives broker and consumer. What cannot be handled after three tries goes to the queue
// `example.dead` by the dead-letter exchange, with all else in order. What has been handled is remembered by id: Tandem and RabbitMQ
// both deliver at least once. A real consumer notes the id in the transaction that does its work.
import amqp from 'amqplib'

const EXCHANGE = 'tandem.events'
const QUEUE = 'example'
const REMEMBERED = 100_000
const handled = new Set()

function handle(event) {
  console.log(event.sequence, event.type, event.subject, JSON.stringify(event.data))
}

function handleOnce(event) {
  if (handled.has(event.id)) return
  handle(event)
  handled.add(event.id)
  if (handled.size > REMEMBERED) handled.delete(handled.values().next().value)
}

async function consume(url) {
  const connection = await amqp.connect(url)
  const closed = new Promise((resolve) => connection.on('close', resolve))
  connection.on('error', (error) => console.error(error.message))
  const channel = await connection.createChannel()
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true })
  await channel.assertExchange(`${EXCHANGE}.dead`, 'topic', { durable: true })
  await channel.assertQueue(`${QUEUE}.dead`, { arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue(`${QUEUE}.dead`, `${EXCHANGE}.dead`, '#')
  await channel.assertQueue(QUEUE, {
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': 3,
      'x-dead-letter-exchange': `${EXCHANGE}.dead`,
      // One after another, so that what comes again comes before what follows it.
      'x-single-active-consumer': true,
    },
  })
  await channel.bindQueue(QUEUE, EXCHANGE, '#')
  await channel.prefetch(1)
  await channel.consume(QUEUE, (message) => {
    try {
      handleOnce(JSON.parse(message.content.toString()))
      channel.ack(message)
    } catch (error) {
      console.error(error)
      channel.nack(message)
    }
  })
  await closed
}

for (let pauseMs = 100; ; pauseMs = Math.min(2 * pauseMs, 10_000)) {
  const startedMs = Date.now()
  await consume(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672').catch((error) =>
    console.error(error.message),
  )
  if (Date.now() - startedMs > 60_000) pauseMs = 100
  await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random() / 2)))
}
