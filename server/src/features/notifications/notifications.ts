import type { Context } from '../../context.ts'
import type { Settled } from '../../infra/events/settled.ts'
import { openMailer, type Mailer } from '../../infra/outbound/mail.ts'
import { rostersAt, type Reviews } from '../reviews/index.ts'
import { NotificationFigures } from './figures.ts'
import { drawnLinkKey } from './links/link-key.ts'

export type NotificationOptions = {
  smtpUrl: string | undefined
  mailFrom: string
  telegram: { token: string | undefined; apiUrl: string }
  /** Where Tandem is reached by people; without it messages have no links to it. */
  publicUrl: string | undefined
  /** What links are signed with; else a key is drawn once and kept in the database. */
  linkSecret: string | undefined
  /** Whether messages may be sent to addresses of this machine and its network. */
  allowPrivate: boolean
}

/** How messages leave this process. */
export type Outlets = {
  mailer: Mailer | null
  telegram: { token: string; apiUrl: string } | null
  allowPrivate: boolean
  timeoutMs: number
}

/** What the use cases of this feature share within a process. */
export type Notifications = Pick<Context, 'db' | 'workspaceId' | 'answers' | 'nowMs'> & {
  settled: Settled
  reviews: Reviews
  membersAt: ReturnType<typeof rostersAt>
  outlets: Outlets
  publicUrl: string | null
  /** What links are signed with. */
  linkKey: () => Promise<string>
  figures: NotificationFigures
}

const TIMEOUT_MS = 10_000

const nowhere: NotificationOptions = {
  smtpUrl: undefined,
  mailFrom: 'tandem@localhost',
  telegram: { token: undefined, apiUrl: 'https://api.telegram.org' },
  publicUrl: undefined,
  linkSecret: undefined,
  allowPrivate: false,
}

export function createNotifications(
  { db, workspaceId, answers, nowMs }: Context,
  { reviews, settled }: { reviews: Reviews; settled: Settled },
  options: NotificationOptions = nowhere,
): Notifications {
  const { smtpUrl, mailFrom, telegram, publicUrl, linkSecret, allowPrivate } = options
  const { token, apiUrl } = telegram
  return {
    db,
    workspaceId,
    answers,
    nowMs,
    settled,
    reviews,
    membersAt: rostersAt(db, workspaceId),
    outlets: {
      mailer: smtpUrl === undefined ? null : openMailer({ url: smtpUrl, from: mailFrom }),
      telegram: token === undefined ? null : { token, apiUrl },
      allowPrivate,
      timeoutMs: TIMEOUT_MS,
    },
    publicUrl: publicUrl?.replace(/\/+$/, '') ?? null,
    linkKey: linkSecret === undefined ? drawnLinkKey(db, workspaceId) : () => Promise.resolve(linkSecret),
    figures: new NotificationFigures(),
  }
}
