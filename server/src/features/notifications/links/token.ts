import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from '../../../infra/http/schemas.ts'
import { languages } from '../domain/notification.ts'

/** What a link allows whoever has it: one thing about one assignment, until it expires. */
export type LinkGrant = {
  action: 'acknowledge' | 'replace'
  workspaceId: number
  pullRequestId: string
  reviewerId: string
  /** Number of the decision that assigned the reviewer. */
  decision: number
  /** To whom it was sent. */
  userId: string
  language: (typeof languages)[number]
  expiresS: number
  /** Who is to take over; null leaves it to Tandem. */
  proposedId: string | null
}

/** The last part is not in links that name nobody. */
const GrantParts = z.tuple(
  [
    z.enum(['acknowledge', 'replace']),
    z.int(),
    z.string(),
    z.string(),
    z.int(),
    z.string(),
    z.enum(languages),
    z.int(),
  ],
  z.string(),
)
const PURPOSE = 'tandem link 1 '

/** A grant as text that nobody without the key can make or change. */
export function signGrant(key: string, grant: LinkGrant): string {
  const { action, workspaceId, pullRequestId, reviewerId, decision, userId, language, expiresS, proposedId } = grant
  const parts = [action, workspaceId, pullRequestId, reviewerId, decision, userId, language, expiresS]
  if (proposedId !== null) parts.push(proposedId)
  const payload = Buffer.from(JSON.stringify(parts)).toString('base64url')
  return `${payload}.${signatureOf(key, payload)}`
}

/** The grant in a text, whether or not it has expired; null for what was not signed by this key. */
export function readGrant(key: string, token: string): LinkGrant | null {
  const [payload = '', given = '', ...others] = token.split('.')
  if (others.length > 0 || !isSame(given, signatureOf(key, payload))) return null
  const parsed = GrantParts.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  if (!parsed.success) return null
  const [action, workspaceId, pullRequestId, reviewerId, decision, userId, language, expiresS, proposedId = null] =
    parsed.data
  return { action, workspaceId, pullRequestId, reviewerId, decision, userId, language, expiresS, proposedId }
}

function signatureOf(key: string, payload: string): string {
  return createHmac('sha256', key)
    .update(PURPOSE + payload)
    .digest('base64url')
}

/** Takes as long whatever is wrong. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
