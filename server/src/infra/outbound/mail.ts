import { createTransport, type NodemailerError } from 'nodemailer'

export type Mail = { to: string; subject: string; text: string; html: string; messageId: string }

/** What became of a mail; `refused` for good, or `failed` for now. */
export type MailOutcome = { kind: 'sent' } | { kind: 'refused' | 'failed'; problem: string }

export type Mailer = {
  /** Names the sender's domain, for ids of messages. */
  domain: string
  send: (mail: Mail, signal: AbortSignal) => Promise<MailOutcome>
  /** Connects, and logs in where the URL has a user; throws what is wrong. */
  verify: () => Promise<void>
}

const CONNECT_TIMEOUT_MS = 10_000
const SILENCE_TIMEOUT_MS = 20_000

/** Sends mail by a server at `smtp://user:password@host:587` or `smtps://…`; each mail by a connection of its own. */
export function openMailer({ url, from }: { url: string; from: string }): Mailer {
  const { name, address } = splitAddress(from)
  const transport = createTransport({
    url,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    socketCloseTimeout: 0,
    // Whatever stands in a mail, no file of this machine and no URL is put into it.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    domain: address.slice(address.lastIndexOf('@') + 1),
    async send({ to, ...mail }, signal) {
      try {
        await transport.sendMail({
          ...mail,
          from: { name, address },
          to: { name: '', address: to },
          // One address each, however it is written.
          envelope: { from: address, to: [to] },
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          signal,
        })
        return { kind: 'sent' }
      } catch (error) {
        return outcomeOf(error as NodemailerError)
      }
    },
    async verify() {
      await transport.verify()
    },
  }
}

/** A server that refuses this recipient or this mail does so again; one that refuses to be spoken to may be put right. */
function outcomeOf({ responseCode, command = '', code, permanent = false }: NodemailerError): MailOutcome {
  if (responseCode !== undefined) {
    const isAboutMail = /^(RCPT TO|DATA)$/.test(command)
    const problem = `the mail server answers with ${responseCode}`
    return { kind: permanent && isAboutMail ? 'refused' : 'failed', problem }
  }
  if (code === 'EENVELOPE') return { kind: 'refused', problem: 'it is no address for mail' }
  return { kind: 'failed', problem: `the mail server cannot be used${code === undefined ? '' : ` (${code})`}` }
}

function splitAddress(from: string): { name: string; address: string } {
  const [, name, address] = /^(.*?)\s*<([^<>]+)>$/.exec(from) ?? []
  return address === undefined ? { name: '', address: from } : { name: name!, address }
}
