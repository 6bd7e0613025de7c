import { connect as connectPlainly, type Socket } from 'node:net'
import { connect as connectByTls } from 'node:tls'
import { topic, type Finding } from './finding.ts'

const rabbit = topic('rabbitmq')

const ANSWER_WITHIN_MS = 3000
/** AMQP 0-9-1, 4.2.2: what a client says first. */
const PROTOCOL_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1])
const METHOD_FRAME = 1

/** Whether a broker is there that speaks AMQP 0-9-1; it is not logged into. */
export async function examineBroker(url: string | undefined): Promise<Finding[]> {
  if (url === undefined) return [rabbit.ok('not used')]
  const { protocol, hostname, port } = new URL(url)
  const isTls = protocol === 'amqps:'
  const place = { host: hostname, port: Number(port || (isTls ? 5671 : 5672)) }
  const where = `${place.host}:${place.port}`
  try {
    const answer = await greet(isTls ? connectByTls({ ...place, servername: hostname }) : connectPlainly(place))
    if (answer[0] === METHOD_FRAME) return [rabbit.ok(`answers at ${where}`)]
    const what = answer.subarray(0, 4).toString('latin1') === 'AMQP' ? 'speaks another version of AMQP' : 'is no broker'
    return [rabbit.wrong(`what listens at ${where} ${what}.`, 'Correct AMQP_URL: RabbitMQ speaks AMQP 0-9-1 on 5672.')]
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const next = 'Start it, or correct AMQP_URL; without AMQP_URL events are not sent to a broker.'
    return [rabbit.wrong(`cannot be reached at ${where}: ${message || code}`, next)]
  }
}

async function greet(socket: Socket): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  socket.setTimeout(ANSWER_WITHIN_MS, () => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)))
  socket.on('data', resolve)
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('it hung up')))
  socket.write(PROTOCOL_HEADER)
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}
