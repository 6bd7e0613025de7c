import type { Tx } from '../../../infra/db/database.ts'
import { lastEventNumber } from '../../../infra/events/event-log.ts'
import { hastenJobs } from '../../../infra/jobs/enqueue.ts'
import { newSecret } from '../../events/index.ts'
import type { ChannelKind, Recipient } from '../domain/notification.ts'
import type { Notifications, Outlets } from '../notifications.ts'
import { lockOwnChannels, replaceChannels, type StoredChannel } from '../queries/channels.ts'
import { beginRelay } from '../queries/relay.ts'
import { noAddress, notSetUp } from '../refusals.ts'
import { keyOf, sendNotifications } from '../sending/job.ts'

/** Without an address it stays as it is. */
export type WantedChannel = { kind: ChannelKind; address: string | null }

export type ChannelChange = {
  channels: readonly StoredChannel[]
  /** Of a webhook that is new: what its messages are signed with, shown this once. */
  newSecret: string | null
}

/** Gives a recipient these channels, or leaves those there are; and has what waits looked at anew. */
export async function changeChannels(
  tx: Tx,
  { workspaceId, outlets }: Pick<Notifications, 'workspaceId' | 'outlets'>,
  recipient: Recipient,
  wanted: readonly WantedChannel[] | null,
): Promise<ChannelChange> {
  const before = await tx.run(lockOwnChannels(workspaceId, recipient))
  const byKind = new Map(before.map((channel) => [channel.kind, channel]))
  const after = wanted?.map((each) => storedOf(each, byKind.get(each.kind), outlets)) ?? before
  const last = await lastEventNumber(tx)
  // What happens from now on is theirs to hear, though nobody has followed the events so far.
  await tx.run(beginRelay(workspaceId, last))
  if (wanted !== null) await tx.run(replaceChannels(workspaceId, recipient, after, last))
  await tx.run(
    hastenJobs(
      sendNotifications,
      after.map(({ kind }) => keyOf({ ...recipient, channel: kind })),
    ),
  )
  const secret = after.find(({ kind }) => kind === 'webhook')?.secret ?? null
  return {
    channels: after.toSorted((a, b) => (a.kind < b.kind ? -1 : 1)),
    newSecret: secret === (byKind.get('webhook')?.secret ?? null) ? null : secret,
  }
}

function storedOf(
  { kind, address }: WantedChannel,
  before: StoredChannel | undefined,
  outlets: Outlets,
): StoredChannel {
  requireOutlet(kind, outlets)
  const known = address ?? before?.address
  if (known === undefined) throw noAddress(kind)
  const isSame = before !== undefined && before.address === known
  if (isSame) return before
  return { kind, address: known, secret: kind === 'webhook' ? newSecret() : null }
}

function requireOutlet(kind: ChannelKind, { mailer, telegram }: Outlets): void {
  if (kind === 'email' && mailer === null) throw notSetUp(kind, 'SMTP_URL')
  if (kind === 'telegram' && telegram === null) throw notSetUp(kind, 'TELEGRAM_BOT_TOKEN')
}
