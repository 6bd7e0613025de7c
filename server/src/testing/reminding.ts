import { beforeEach, expect } from 'bun:test'
import { aPullRequest, aTeam, ids } from './builders.ts'
import type { TestDatabase } from './database.ts'
import { notifyingOn } from './notifying.ts'
import { startServer } from './server.ts'
import { startSmtp } from './smtp.ts'

const HOUR_MS = 3_600_000
export const LINK_SECRET = 's'.repeat(32)

export type LinkPage = { status: number; html: string; headers: Headers }

/** Two servers, and a worker that reminds reviewers by mail at a time of the test's choosing. */
export async function remindingOn(database: TestDatabase) {
  const smtp = await startSmtp()
  const environment = { SMTP_URL: smtp.url, PUBLIC_URL: 'https://tandem.example', LINK_SECRET }
  const client = startServer(database, environment)
  const sibling = startServer(database, environment)
  const notifying = notifyingOn(database, { smtpUrl: smtp.url })
  await notifying.follow()
  beforeEach(() => {
    smtp.mails.length = 0
    notifying.setNow(new Date().toISOString())
  })
  return {
    smtp,
    client,
    sibling,
    notifying,
    aRemindedTeam,
    setReminders,
    create,
    after,
    mailsTo,
    reviewerOf,
    open,
    aProposal,
  }

  /** Everybody works around the clock, so that hours are hours; wants mail at once; is reminded after 4 hours and replaceable after 8. */
  async function aRemindedTeam(name: string, size: number): Promise<string[]> {
    const members = ids(`${name}-`, size)
    await aTeam(client, { name, members })
    const working_hours = { time_zone: 'UTC', days: [1, 2, 3, 4, 5, 6, 7], start: '00:00', end: '24:00' }
    for (const user_id of members) {
      await client.post('/member/setLimits', { user_id, working_hours })
      const channels = [{ kind: 'email', address: `${user_id}@example.org` }]
      await client.post('/notification/setPreferences', {
        user_id,
        channels,
        kinds: ['reminder', 'replacement-proposed'],
      })
    }
    await client.post('/team/setPolicy', { team_name: name, reviewers_wanted: 1 })
    await setReminders(name, 4, 8)
    return members
  }

  async function setReminders(team_name: string, nudge: number | null, propose: number | null): Promise<void> {
    const reminders = { nudge_after_hours: nudge, propose_after_hours: propose }
    expect((await client.post('/notification/setTeamPreferences', { team_name, reminders })).status).toBe(200)
  }

  async function create(id: string, author: string): Promise<string> {
    const { body } = await client.post('/pullRequest/create', aPullRequest({ id, author }))
    await notifying.tell()
    return body.pr.assigned_reviewers[0]
  }

  /** What a worker does about reminders, and sends. */
  async function remind(): Promise<void> {
    await Promise.all([notifying.remind(), notifying.remind()])
    await notifying.sendAll()
  }

  async function after(hours: number): Promise<void> {
    notifying.later(hours * HOUR_MS)
    await remind()
  }

  function mailsTo(userId: string) {
    return smtp.mails.filter(({ envelopeTo }) => envelopeTo.includes(`${userId}@example.org`))
  }

  async function reviewerOf(pull_request_id: string): Promise<string> {
    return (await client.get('/pullRequest/get', { pull_request_id })).body.assigned_reviewers[0]
  }

  async function open(token: string, method = 'GET', at = client): Promise<LinkPage> {
    const response = await fetch(`${at.url}/link?token=${token}`, { method })
    return { status: response.status, html: await response.text(), headers: response.headers }
  }

  /** Ids of a pull request whose replacement was proposed, its author and its reviewer. */
  async function aProposal(name: string, size = 4): Promise<{ id: string; author: string; reviewer: string }> {
    const [author] = await aRemindedTeam(name, size)
    const id = `${name}-pr`
    const reviewer = await create(id, author!)
    await after(4.1)
    await after(4.1)
    expect(mailsTo(author!)).toHaveLength(1)
    return { id, author: author!, reviewer }
  }
}

/** The token of the link with this text, in a mail. */
export function tokenIn(mail: { text?: string | undefined } | undefined, text: string): string {
  const [, token] = new RegExp(`“${text}” <https://tandem\\.example/link\\?token=([^>]+)>`).exec(mail?.text ?? '') ?? []
  if (token === undefined) throw new Error(`There is no link ${text} in:\n${mail?.text}`)
  return token
}

export function titleIn({ html }: { html: string }): string {
  return /<h1>(.*)<\/h1>/.exec(html)?.[1] ?? ''
}
