import { afterAll } from 'bun:test'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'

/** A mail as it came, and whom the envelope named. */
export type ReceivedMail = Email & { raw: string; envelopeTo: string[]; envelopeFrom: string }

export type TestSmtp = {
  url: string
  port: number
  /** What was taken, in the order in which it came. */
  mails: ReceivedMail[]
  /** From now on: a reply such as 450 or 550 to the recipient, or null to take everything. */
  answerRecipientWith: (answer: ((address: string) => number | null) | null) => void
  /** From now on each mail takes so long. */
  slowDown: (ms: number) => void
  stop: () => Promise<void>
}

/** A real mail server on this machine that keeps what it is sent; ended after the test file. */
export async function startSmtp(port = 0): Promise<TestSmtp> {
  const mails: ReceivedMail[] = []
  let refuse: ((address: string) => number | null) | null = null
  let delayMs = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onRcptTo({ address }, _session, callback) {
      const status = refuse?.(address) ?? null
      callback(status === null ? null : Object.assign(new Error('refused here'), { responseCode: status }))
    },
    onData(stream, { envelope }, callback) {
      void answer()

      async function answer(): Promise<void> {
        try {
          await keep()
          callback(null)
        } catch (error) {
          callback(error as Error)
        }
      }
      async function keep(): Promise<void> {
        const chunks: Uint8Array[] = []
        for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk)
        await Bun.sleep(delayMs)
        const raw = Buffer.concat(chunks).toString('utf8')
        const { mailFrom } = envelope
        const envelopeTo = envelope.rcptTo.map(({ address }) => address)
        const envelopeFrom = mailFrom === false ? '' : mailFrom.address
        mails.push({ ...(await PostalMime.parse(raw)), raw, envelopeTo, envelopeFrom })
      }
    },
  })
  server.on('error', () => undefined)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.server.once('error', reject)
  server.listen(port, '127.0.0.1', resolve)
  await promise
  const taken = (server.server.address() as { port: number }).port
  let stopped: Promise<void> | null = null
  const stop = () => (stopped ??= new Promise<void>((done) => server.close(done)))
  afterAll(stop)
  return {
    url: `smtp://127.0.0.1:${taken}`,
    port: taken,
    mails,
    answerRecipientWith: (answer) => void (refuse = answer),
    slowDown: (ms) => void (delayMs = ms),
    stop,
  }
}
