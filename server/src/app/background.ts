import type { Config } from '../config.ts'
import {
  AMQP_RELAY,
  createTellerInBackground,
  forgetOldDeliveries,
  startBrokerRelay,
  type Events,
} from '../features/events/index.ts'
import { forgetOldKeysJob } from '../features/jobs/index.ts'
import {
  createFollowerInBackground,
  remindReviewers,
  sendNotifications,
  tidyNotifications,
  type Notifications,
} from '../features/notifications/index.ts'
import { readCalendars, type People } from '../features/people/index.ts'
import { fillSeats, type Reviews } from '../features/reviews/index.ts'
import type { Db } from '../infra/db/database.ts'
import { keepEventPartitions } from '../infra/events/event-log.ts'
import { bindJob, type BoundJob } from '../infra/jobs/job.ts'
import { startJobWorker, type JobWorker } from '../infra/jobs/worker.ts'
import type { Logger } from '../infra/telemetry/logger.ts'
import { inSpan, type Tracing } from '../infra/telemetry/tracing.ts'
import { every, type Timer } from '../infra/timer.ts'
import type { WorkInBackground } from '../infra/workers/background.ts'
import { threadDatabase } from './thread-database.ts'

const PARTITION_INTERVAL_MS = 10 * 60_000
/** How soon what others merged is known. */
const FOLLOW_INTERVAL_MS = 1000
/** How soon a feed that was named is read for the first time. */
const CALENDAR_INTERVAL_MS = 5000

type Options = {
  config: Config
  databaseUrl: string
  db: Db
  log: Logger
  tracing?: Tracing | undefined
  people: People
  reviews: Reviews
  events: Events
  notifications: Notifications
  stopping: AbortSignal
  /** Whether it does what one process does for all; each does for itself what concerns its memory. */
  isWorker: boolean
}

export type Background = { jobs: JobWorker | null; stop: () => Promise<void> }

/** What this process does without being asked. */
export function startBackground(options: Options): Background {
  const timers = startTimers(options)
  const jobs = options.isWorker ? startJobs(options) : null
  const relay = options.isWorker ? startRelay(options) : null
  return {
    jobs,
    async stop() {
      await Promise.all([timers.stop(), jobs?.stop(0), relay?.stop()])
    },
  }
}

function startTimers(options: Options): Timer {
  const { config, db, log, tracing, people, reviews, events, notifications, stopping, isWorker } = options
  const { workspaceId } = events
  const regularly = (intervalMs: number, failure: string, work: () => Promise<void>) => {
    const warn = (error: unknown) => log.warn({ err: error }, failure)
    return every(intervalMs, inSpan(tracing, failure.replace('could not ', ''), work, warn), warn)
  }
  const byWorkers: typeof regularly = (intervalMs, ...what) => regularly(isWorker ? intervalMs : 0, ...what)
  const teller = createTeller(options)
  const follower = createFollowerInBackground(
    notifications,
    { database: threadDatabase(options), everyMs: config.NOTIFICATION_EVERY_MS },
    log,
  )
  const timers = [
    byWorkers(PARTITION_INTERVAL_MS, 'could not keep the partitions of events', async () => {
      const dropped = await keepEventPartitions(db, config.EVENT_RETENTION_DAYS)
      if (dropped > 0) log.info({ dropped }, 'dropped days of old events')
      await forgetOldDeliveries(db, workspaceId, config.EVENT_RETENTION_DAYS)
    }),
    byWorkers(config.WEBHOOK_EVERY_MS, 'could not look for webhooks', teller.begin),
    byWorkers(config.NOTIFICATION_EVERY_MS, 'could not write notifications of events', follower.follow),
    regularly(FOLLOW_INTERVAL_MS, 'could not read who knows what', () => reviews.expertise.catchUp()),
    byWorkers(config.FILL_SEATS_EVERY_MS, 'could not fill empty seats of reviewers', async () => {
      const filled = await fillSeats(reviews)
      if (filled > 0) log.info({ filled }, 'filled empty seats of reviewers')
    }),
    byWorkers(CALENDAR_INTERVAL_MS, 'could not read calendars', async () => {
      const { CALENDAR_REFRESH_MINUTES: refreshMinutes, CALENDAR_ALLOW_PRIVATE: allowPrivate } = config
      await readCalendars(people, { refreshMinutes, allowPrivate, signal: stopping })
    }),
  ]
  return {
    async stop() {
      await Promise.all(timers.map((timer) => timer.stop()))
      await Promise.all([teller.stop(), follower.stop()])
    },
  }
}

function createTeller(options: Options) {
  const { config, events, log, tracing } = options
  return createTellerInBackground(
    events,
    {
      database: threadDatabase(options),
      everyMs: config.WEBHOOK_EVERY_MS,
      allowPrivate: config.WEBHOOK_ALLOW_PRIVATE,
      timeoutMs: config.WEBHOOK_TIMEOUT_MS,
    },
    { log, tracing },
  )
}

function startJobs({ config, databaseUrl, db, log, tracing, notifications }: Options): JobWorker | null {
  if (config.JOBS_AT_ONCE === 0) return null
  const kinds: readonly BoundJob[] = [
    bindJob(forgetOldKeysJob, { db, hours: config.IDEMPOTENCY_HOURS }),
    bindJob(sendNotifications, notifications),
    bindJob(remindReviewers, notifications),
    bindJob(tidyNotifications, { ...notifications, days: config.EVENT_RETENTION_DAYS }),
  ]
  return startJobWorker({ db, databaseUrl, kinds, atOnce: config.JOBS_AT_ONCE, log, tracing })
}

function startRelay({
  config: { AMQP_URL: amqpUrl },
  databaseUrl,
  events,
  log,
  tracing,
}: Options): WorkInBackground | null {
  if (amqpUrl === undefined) return null
  const { workspaceId } = events
  return startBrokerRelay({ databaseUrl, workspaceId, name: AMQP_RELAY, amqpUrl }, log, tracing)
}
