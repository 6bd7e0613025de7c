import type { Tx } from '../../../infra/db/database.ts'
import { z } from '../../../infra/http/schemas.ts'
import type { EnqueueOptions } from '../../../infra/jobs/enqueue.ts'
import { enqueueAll } from '../../../infra/jobs/enqueue.ts'
import { defineJob, type Job } from '../../../infra/jobs/job.ts'
import { channelKinds, type Notification } from '../domain/notification.ts'
import type { Manner } from '../domain/preferences.ts'
import type { Notifications } from '../notifications.ts'
import { dueAt, quietUntil } from '../preferences/quiet-hours.ts'
import * as messages from '../queries/messages.ts'
import { compose, type Composed } from './compose.ts'
import { deliver } from './deliver.ts'
import type { SendOutcome } from './outcome.ts'

/** After so long a message that nobody takes is given up. */
const LONGEST_HOURS = 24
/** More than this make another message. */
const MOST_IN_MESSAGE = 1000

type Key = messages.ChannelKey

/** Sends all that waits for a recipient by one channel, as one message. There is one job at a time for each such channel. */
export const sendNotifications = defineJob({
  name: 'send-notifications',
  payload: z.strictObject({
    audience: z.enum(['user', 'team']),
    recipientId: z.string(),
    channel: z.enum(channelKinds),
  }),
  maxAttempts: 100,
  timeoutMs: 60_000,
  retryAfter: { firstS: 5, longestS: 1800 },
  run: sendWaiting,
})

/** A job for a channel, not before so long. */
export function jobOf({ audience, recipientId, channel }: Key, delayMs: number): EnqueueOptions & { payload: Key } {
  const payload = { audience, recipientId, channel }
  return { payload, delayMs: Math.max(0, delayMs), unique: { key: keyOf(payload), while: 'unfinished' } }
}

export function keyOf({ audience, channel, recipientId }: Key): string {
  return `${audience} ${channel} ${recipientId}`
}

type Claimed = { outgoing: messages.Outgoing; messageId: string; notifications: readonly Notification[] }

async function sendWaiting(deps: Notifications, job: Job<Key>): Promise<void> {
  const claimed = await claim(deps, job)
  if (claimed === null) return
  const { outgoing, messageId, notifications } = claimed
  const { payload: recipient, signal } = job
  const { language } = outgoing.manner
  const composed = await compose(deps, notifications, { recipient, language })
  const nowMs = deps.nowMs()
  const outcome: SendOutcome =
    composed.message === null
      ? { kind: 'sent' }
      : await deliver(deps.outlets, {
          channel: outgoing,
          recipient,
          language,
          message: composed.message,
          messageId,
          nowMs,
          signal,
        })
  // Cut off: whether it was taken nobody knows, and whoever sends it again does so under the same id.
  signal.throwIfAborted()
  await settle(deps, job, { outgoing, composed, outcome })
}

/** Makes a message of what waits, or goes on with the one on its way; null where there is nothing to send now. */
function claim(deps: Notifications, job: Job<Key>): Promise<Claimed | null> {
  const { workspaceId } = deps
  const key = job.payload
  return deps.db.transaction(async (tx) => {
    const outgoing = await messages.lockOutgoing(tx, workspaceId, key, LONGEST_HOURS)
    if (outgoing === undefined) {
      await job.finish(tx)
      await tx.run(messages.dropWaiting(workspaceId, key))
      return null
    }
    const nowMs = deps.nowMs()
    const quietMs = quietUntil(outgoing.manner, nowMs)
    if (quietMs !== null) {
      await postpone(tx, workspaceId, job, quietMs - nowMs)
      return null
    }
    const messageId = outgoing.messageId ?? crypto.randomUUID()
    if (outgoing.messageId === null) {
      await tx.run(messages.claimWaiting(workspaceId, key, messageId, MOST_IN_MESSAGE))
    }
    const notifications = await tx.run(messages.listMessage(workspaceId, key, messageId))
    if (notifications.length > 0) return { outgoing, messageId, notifications }
    await job.finish(tx)
    await clear(tx, deps, key, outgoing.manner)
    return null
  })
}

async function postpone(tx: Tx, workspaceId: number, job: Job<Key>, delayMs: number): Promise<void> {
  await job.finish(tx)
  await tx.run(enqueueAll(workspaceId, sendNotifications, [jobOf(job.payload, delayMs)]))
}

/** Nothing is on its way any more; what has come meanwhile makes the next message. */
async function clear(tx: Tx, deps: Notifications, key: Key, manner: Manner): Promise<void> {
  const { workspaceId } = deps
  const [cleared] = await tx.run(messages.clearOutgoing(workspaceId, key))
  if (cleared?.isMore !== true) return
  const nowMs = deps.nowMs()
  await tx.run(enqueueAll(workspaceId, sendNotifications, [jobOf(key, dueAt(manner, nowMs) - nowMs)]))
}

type Sent = { outgoing: messages.Outgoing; composed: Composed; outcome: SendOutcome }

/** Writes down how it went, in one transaction with the end of the job; throws where it is to be tried again. */
async function settle(deps: Notifications, job: Job<Key>, { outgoing, composed, outcome }: Sent): Promise<void> {
  const { workspaceId, figures } = deps
  const { toldIds, staleIds } = composed
  const isOver = outcome.kind === 'sent' || outcome.kind === 'refused' || outgoing.isOverdue
  if (!isOver) {
    figures.add(outgoing.kind, 'retried', toldIds.length)
    if (outcome.kind !== 'later') throw new Error(`A message by ${outgoing.kind} was not taken: ${outcome.problem}`)
    const { afterMs } = outcome
    return deps.db.transaction(async (tx) => {
      await messages.lockOutgoing(tx, workspaceId, job.payload, LONGEST_HOURS)
      await postpone(tx, workspaceId, job, afterMs)
    })
  }
  const status = outcome.kind === 'sent' ? 'sent' : 'failed'
  const problem = outcome.kind === 'sent' ? null : outcome.problem
  await deps.db.transaction(async (tx) => {
    await messages.lockOutgoing(tx, workspaceId, job.payload, LONGEST_HOURS)
    await job.finish(tx)
    await tx.run(messages.settleNotifications(workspaceId, { notificationIds: toldIds, status, problem }))
    const stale = { notificationIds: staleIds, status: 'dropped', problem: 'it was out of date' } as const
    await tx.run(messages.settleNotifications(workspaceId, stale))
    await clear(tx, deps, job.payload, outgoing.manner)
  })
  figures.add(outgoing.kind, status, toldIds.length)
  figures.add(outgoing.kind, 'dropped', staleIds.length)
}
