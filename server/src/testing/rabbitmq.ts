import { afterAll } from 'bun:test'
import { hasRabbit, startOwnRabbit, type OwnRabbit } from '../../../scripts/own-rabbitmq.ts'

/** Tests of RabbitMQ are left out, loudly, where there is none; CI installs it first. */
export { hasRabbit }
if (!hasRabbit) {
  process.stderr.write('No rabbitmq-server on the PATH: tests of RabbitMQ are LEFT OUT (Debian: rabbitmq-server)\n')
}

export type TestRabbit = Pick<OwnRabbit, 'url' | 'kill' | 'start'>

/** A RabbitMQ of its own, empty, ended after the test file. It takes ten seconds to start. */
export async function startRabbit(): Promise<TestRabbit> {
  const rabbit = await startOwnRabbit()
  afterAll(rabbit.remove)
  return rabbit
}
