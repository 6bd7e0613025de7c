import { signGrant, type LinkGrant } from '../links/token.ts'
import type { Notifications } from '../notifications.ts'

const GOOD_FOR_S = 7 * 86_400

/** A link that lets whoever has it do one thing, for a week. */
export async function signedLink(
  { linkKey, nowMs, workspaceId }: Pick<Notifications, 'linkKey' | 'nowMs' | 'workspaceId'>,
  publicUrl: string,
  grant: Omit<LinkGrant, 'workspaceId' | 'expiresS'>,
): Promise<string> {
  const expiresS = Math.floor(nowMs() / 1000) + GOOD_FOR_S
  return `${publicUrl}/link?token=${signGrant(await linkKey(), { ...grant, workspaceId, expiresS })}`
}
