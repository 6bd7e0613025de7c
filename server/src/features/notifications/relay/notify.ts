import type { Tx } from '../../../infra/db/database.ts'
import { enqueueAll } from '../../../infra/jobs/enqueue.ts'
import type { Draft } from '../domain/notification.ts'
import type { Notifications } from '../notifications.ts'
import { dueAt } from '../preferences/quiet-hours.ts'
import { lockChannels, type HeldChannel } from '../queries/channels.ts'
import { insertNotifications } from '../queries/notifications.ts'
import { jobOf, sendNotifications } from '../sending/job.ts'

/**
 * Has these told to those who want to hear of them, by each of their channels: written down, with one job for each channel, in the
 * caller's transaction. Gives how many. Lock order: channels, then jobs.
 */
export async function notify(
  tx: Tx,
  { workspaceId, nowMs }: Pick<Notifications, 'workspaceId' | 'nowMs'>,
  drafts: readonly Draft[],
): Promise<number> {
  if (drafts.length === 0) return 0
  const channels = Map.groupBy(await lockChannels(tx, workspaceId, drafts), keyOfRecipient)
  const rows = drafts.flatMap((draft) =>
    (channels.get(keyOfRecipient(draft)) ?? [])
      .filter((channel) => isWanted(draft, channel))
      .map(({ channel }) => {
        return { ...draft, channel }
      }),
  )
  if (rows.length === 0) return 0
  const written = await tx.run(insertNotifications(workspaceId, rows))
  const told = new Set(written.map((row) => `${row.channel} ${keyOfRecipient(row)}`))
  const now = nowMs()
  const jobs = [...channels.values()]
    .flat()
    .filter((held) => told.has(`${held.channel} ${keyOfRecipient(held)}`))
    .map((held) => jobOf(held, dueAt(held.manner, now) - now))
  if (jobs.length > 0) await tx.run(enqueueAll(workspaceId, sendNotifications, jobs))
  return written.length
}

function isWanted({ kind, sequence }: Draft, { fromSequence, manner }: HeldChannel): boolean {
  return manner.kinds.includes(kind) && (sequence === null || sequence > fromSequence)
}

function keyOfRecipient({ audience, recipientId }: Pick<Draft, 'audience' | 'recipientId'>): string {
  return `${audience} ${recipientId}`
}
