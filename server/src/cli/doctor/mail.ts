import { openMailer } from '../../infra/outbound/mail.ts'
import { topic, type Finding } from './finding.ts'

const mail = topic('mail')

/** Whether the mail server lets itself be spoken to, and logged into where SMTP_URL has a user; nothing is sent. */
export async function examineMail(url: string | undefined, from: string | undefined): Promise<Finding[]> {
  if (url === undefined) return [mail.ok('not used; nobody is told by e-mail')]
  // The URL holds a password.
  const where = URL.parse(url)?.host ?? 'SMTP_URL'
  try {
    await openMailer({ url, from: from ?? 'tandem@localhost' }).verify()
    return [judgeSender(where, from)]
  } catch (error) {
    const { code, responseCode } = error as { code?: string; responseCode?: number }
    if (code === 'EAUTH') {
      return [mail.wrong(`the server at ${where} refuses the login.`, 'Correct user and password in SMTP_URL.')]
    }
    const why = responseCode === undefined ? (code ?? 'no reason given') : `it answers with ${responseCode}`
    const next = 'Start it, or correct SMTP_URL; messages wait for a day, then they are given up.'
    return [mail.wrong(`the server at ${where} cannot be used: ${why}`, next)]
  }
}

function judgeSender(where: string, from: string | undefined): Finding {
  if (from === undefined || !/@localhost>?$/.test(from)) return mail.ok(`the server at ${where} answers`)
  return mail.warning(
    `the server at ${where} answers, but mail would be from ${from}.`,
    'Set MAIL_FROM to an address of yours, which that server may send for.',
  )
}
