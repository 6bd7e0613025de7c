export type WebhookStatus = 'ACTIVE' | 'DISABLED'

/** An endpoint outside that is told of events. */
export type Webhook = {
  webhookId: string
  url: string
  /** Empty for all. */
  types: readonly string[]
  teamName: string | null
  /** It takes up to so many events together; null where each goes by itself. */
  batchSize: number | null
  status: WebhookStatus
  /** Attempts in vain to tell it of the event it is at. */
  failures: number
  failingSince: string | null
  /** Why the last attempt failed, or why it was disabled. */
  problem: string | null
  nextAttemptAt: string
  addedAt: string
}

export type Delivery = {
  deliveryNumber: number
  /** Of the first of its events, as is the type. */
  eventId: string
  type: string
  eventCount: number
  attempt: number
  isRedelivery: boolean
  httpStatus: number | null
  problem: string | null
  durationMs: number
  attemptedAt: string
}

export type RetryPolicy = { firstPauseMs: number; longestPauseMs: number; giveUpAfterMs: number }

/** From five seconds, twice as long each time, to two hours; for a day. */
export const retryPolicy: RetryPolicy = {
  firstPauseMs: 5000,
  longestPauseMs: 2 * 3_600_000,
  giveUpAfterMs: 24 * 3_600_000,
}

/** The pause after so many failures; `chance` from 0 to 1 spreads it from three quarters of itself to the whole. */
export function pauseAfter(failures: number, policy: RetryPolicy, chance: number): number {
  const pause = Math.min(policy.firstPauseMs * 2 ** (failures - 1), policy.longestPauseMs)
  return Math.round(pause * (0.75 + chance / 4))
}
