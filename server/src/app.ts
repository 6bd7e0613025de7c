import packageJson from '../package.json' with { type: 'json' }
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import {
  acceptLive,
  addEventRoutes,
  createEvents,
  forgetOldDeliveries,
  retryPolicy,
  startBrokerRelay,
  createTeller,
  type BrokerRelay,
  type EventOptions,
  type Events,
} from './features/events/index.ts'
import { addHistoryRoutes, createHistory } from './features/history/index.ts'
import { addInsightRoutes } from './features/insights/index.ts'
import { addJobRoutes, createJobs, forgetOldKeysJob } from './features/jobs/index.ts'
import { addOwnersRoutes, createOwners } from './features/owners/index.ts'
import { addPeopleRoutes, createPeople, readCalendars, type People } from './features/people/index.ts'
import { addReviewMetrics, addReviewRoutes, createReviews, fillSeats, type Reviews } from './features/reviews/index.ts'
import { addSimulationRoutes, createSimulations, type Simulations } from './features/simulation/index.ts'
import { noFigures, type BatchFigures } from './infra/batch/batcher.ts'
import { AnswerCache } from './infra/cache/answer-cache.ts'
import { openChangeFeed } from './infra/cache/change-feed.ts'
import { postgresChannel } from './infra/cache/postgres-channel.ts'
import { openRedis } from './infra/cache/redis-channel.ts'
import { createSharedAnswers } from './infra/cache/shared-answers.ts'
import { openDatabase, type Db } from './infra/db/database.ts'
import { requireMigrated } from './infra/db/migrator.ts'
import { traceDatabase } from './infra/db/traced-database.ts'
import { keepEventPartitions } from './infra/events/event-log.ts'
import { createApi, type Api } from './infra/http/api.ts'
import { addDocs } from './infra/http/docs.ts'
import { addMetrics, isOperationOf } from './infra/http/measure.ts'
import { errorHandler } from './infra/http/refuse.ts'
import { createServe } from './infra/http/serve.ts'
import type { Sockets } from './infra/http/sockets.ts'
import { traceRequests } from './infra/http/traced-requests.ts'
import { unknownRoute } from './infra/http/unknown-route.ts'
import { addWelcome } from './infra/http/welcome.ts'
import { addJobMetrics } from './infra/jobs/figures.ts'
import { bindJob, type BoundJob } from './infra/jobs/job.ts'
import { startJobWorker, type JobWorker } from './infra/jobs/worker.ts'
import { addBatchMetrics, addCacheMetrics } from './infra/telemetry/cache-metrics.ts'
import type { Logger } from './infra/telemetry/logger.ts'
import { createMetrics, type Metrics } from './infra/telemetry/metrics.ts'
import { addPoolMetrics } from './infra/telemetry/pool-metrics.ts'
import { inSpan, type Tracing } from './infra/telemetry/tracing.ts'
import { every, type Timer } from './infra/timer.ts'
import { AppError } from './shared/errors.ts'

const SUMMARY = 'Who reviews this pull request? Balanced, explainable, replayable reviewer assignment.'
const WORKSPACE_ID = 1
const PARTITION_INTERVAL_MS = 10 * 60_000
/** How soon what others merged is known. */
const FOLLOW_INTERVAL_MS = 1000
/** How soon a feed that was named is read for the first time. */
const CALENDAR_INTERVAL_MS = 5000

export type App = {
  fetch: (request: Request) => Response | Promise<Response>
  sockets: Sockets
  /** From now on `/readyz` says no, and answers ask clients to close their connections. */
  beginStop: () => void
  /** After `beginStop`: finishes jobs under way, and hands back what is not done in time. */
  drain: (timeoutMs: number) => Promise<void>
  /** After the last request: finishes what is under way in the background and closes the database. */
  close: () => Promise<void>
}

export type AppOptions = {
  config: Config
  databaseUrl: string
  /** Names the database to those who share a Redis; see `identityOf`. */
  databaseIdentity: string
  log: Logger
  metrics?: Metrics
  /** Where there is one, requests, statements, batches and background work are traced. */
  tracing?: Tracing | undefined
  role?: Role
}

/** What a process does: answers requests, works in the background, or both. */
export const roles = ['api', 'worker', 'all'] as const
export type Role = (typeof roles)[number]

export function createApp(options: AppOptions): App {
  const { config, databaseUrl, log, metrics = createMetrics(), tracing, role = 'all' } = options
  const database = openDatabase({
    url: databaseUrl,
    poolSize: config.DATABASE_POOL_SIZE,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    onError: (error) => log.warn({ err: error }, 'a database connection broke'),
  })
  const db = tracing === undefined ? database : traceDatabase(database, tracing)
  const stopping = new AbortController()
  const isStopping = () => stopping.signal.aborted
  const api = createApi()
  api.onError(errorHandler(log))
  api.notFound(unknownRoute(api, log))
  addHealth(api, db, isStopping)
  addMetrics(api, metrics)
  const { answers, feed } = openAnswers(options)
  const figures = noFigures()
  const context = contextOf(db, { answers, batching: { ...batchingOf(config, figures), tracing } })
  // A worker answers for its health only.
  const { people, reviews, simulations, events } = addFeatures(role === 'worker' ? createApi() : api, context, {
    maxStreams: config.EVENT_STREAMS_MAX,
    outside: {
      allowPrivate: config.WEBHOOK_ALLOW_PRIVATE,
      timeoutMs: config.WEBHOOK_TIMEOUT_MS,
      signal: stopping.signal,
    },
    onFailure: (error) => log.warn({ err: error }, 'could not read events for those who listen'),
  })
  addCacheMetrics(metrics, answers)
  addBatchMetrics(metrics, figures)
  addPoolMetrics(metrics, db.connections)
  addReviewMetrics(metrics, reviews)
  metrics.gauge('tandem_event_streams', 'Live streams of events being served.', events.live.count)
  metrics.gauge('tandem_simulations_running', 'Replays of histories under way.', simulations.running)
  const serve = createServe({
    api,
    answers,
    log,
    metrics,
    maxInFlight: config.MAX_REQUESTS_IN_FLIGHT,
    maxBodyBytes: config.MAX_BODY_BYTES,
    uploads: { maxBytes: config.HISTORY_MAX_MIB * 2 ** 20, stopping: stopping.signal, log },
    timeoutMs: config.REQUEST_TIMEOUT_MS,
    isStopping,
  })

  const background = startBackground({
    config,
    db,
    log,
    tracing,
    people,
    reviews,
    events,
    stopping: stopping.signal,
    role,
  })
  const jobs = role === 'api' ? null : startJobs(options, db)
  const relay = role === 'api' ? null : startRelay(options)
  if (jobs !== null) addJobMetrics(metrics, jobs.figures, db)
  return {
    fetch: tracing === undefined ? serve : traceRequests(serve, tracing, isOperationOf(api, metrics)),
    sockets: role === 'worker' ? {} : { '/live': acceptLive(events, stopping.signal, log) },
    beginStop: () => stopping.abort(),
    drain: async (timeoutMs) => jobs?.stop(timeoutMs),
    async close() {
      await Promise.all([background.stop(), simulations.close(), jobs?.stop(0), relay?.stop(), events.live.close()])
      await feed.close()
      await db.close()
    },
  }
}

function startJobs({ config, databaseUrl, log, tracing }: AppOptions, db: Db): JobWorker | null {
  if (config.JOBS_AT_ONCE === 0) return null
  const kinds: readonly BoundJob[] = [bindJob(forgetOldKeysJob, { db, hours: config.IDEMPOTENCY_HOURS })]
  return startJobWorker({ db, databaseUrl, kinds, atOnce: config.JOBS_AT_ONCE, log, tracing })
}

function startRelay({ config: { AMQP_URL: amqpUrl }, databaseUrl, log }: AppOptions): BrokerRelay | null {
  return amqpUrl === undefined ? null : startBrokerRelay({ databaseUrl, workspaceId: WORKSPACE_ID, amqpUrl }, log)
}

type Background = Pick<AppOptions, 'config' | 'log' | 'tracing'> & {
  db: Db
  people: People
  reviews: Reviews
  events: Events
  stopping: AbortSignal
  role: Role
}

/** What this process does without being asked. */
function startBackground({ config, db, log, tracing, people, reviews, events, stopping, role }: Background): Timer {
  const regularly = (intervalMs: number, failure: string, work: () => Promise<void>) =>
    every(intervalMs, inSpan(tracing, failure.replace('could not ', ''), work), (error) =>
      log.warn({ err: error }, failure),
    )
  const byWorkers: typeof regularly = (intervalMs, ...what) => regularly(role === 'api' ? 0 : intervalMs, ...what)
  const teller = createTeller(events, {
    ...events.outside,
    retry: retryPolicy,
    onFailure: (error) => log.warn({ err: error }, 'could not tell a webhook of events'),
  })
  const timers = [
    byWorkers(PARTITION_INTERVAL_MS, 'could not keep the partitions of events', async () => {
      const dropped = await keepEventPartitions(db, config.EVENT_RETENTION_DAYS)
      if (dropped > 0) log.info({ dropped }, 'dropped days of old events')
      await forgetOldDeliveries(db, WORKSPACE_ID, config.EVENT_RETENTION_DAYS)
    }),
    byWorkers(config.WEBHOOK_EVERY_MS, 'could not tell webhooks of events', async () => {
      await teller.begin()
    }),
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
      await teller.idle()
    },
  }
}

/** The answers in memory, which other processes hear of and speak of through PostgreSQL or, where there is one, Redis. */
function openAnswers({ config, databaseUrl, databaseIdentity, log }: AppOptions) {
  const redis = config.REDIS_URL === undefined ? null : openRedis({ url: config.REDIS_URL, scope: databaseIdentity })
  const feed = openChangeFeed(redis?.openChannel ?? postgresChannel(databaseUrl), {
    onChanged: (keys) => answers.changedElsewhere(keys),
    onLost: () => answers.changedElsewhere(null),
    log,
  })
  const maxAgeMs = config.CACHE_MAX_AGE_S * 1000
  const answers = new AnswerCache({
    maxBytes: config.CACHE_MAX_MIB * 2 ** 20,
    maxAgeMs,
    isCurrent: feed.isCurrent,
    publish: feed.publish,
    ...(redis === null ? {} : { shared: createSharedAnswers(redis, feed, log, { maxAgeMs }) }),
  })
  return { answers, feed }
}

/** All routes with what they stand on; the document needs the same, but no database. */
export function addFeatures(
  api: Api,
  context: Context,
  eventOptions: EventOptions = {},
): { people: People; reviews: Reviews; simulations: Simulations; events: Events } {
  const owners = createOwners(context)
  const people = createPeople(context)
  const reviews = createReviews(context, { rosters: people.rosters, owners: owners.files })
  const simulations = createSimulations(context)
  addOwnersRoutes(api, owners)
  addPeopleRoutes(api, people)
  addReviewRoutes(api, reviews)
  addInsightRoutes(api, context)
  const history = createHistory(context)
  history.onImported(() => reviews.expertise.heardImport())
  addHistoryRoutes(api, history)
  addSimulationRoutes(api, simulations)
  const events = createEvents(context, eventOptions)
  addEventRoutes(api, events)
  addJobRoutes(api, createJobs(context))
  addDocs(api, () => openApiDocument(api))
  addWelcome(api, { name: 'Tandem', version: packageJson.version, summary: SUMMARY })
  return { people, reviews, simulations, events }
}

/** Without `shared`, for tools: nothing is kept in memory. */
export function contextOf(db: Db, shared: Pick<Context, 'answers' | 'batching'> = unshared()): Context {
  return {
    db,
    ...shared,
    workspaceId: WORKSPACE_ID,
    nextSeed: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  }
}

function unshared(): Pick<Context, 'answers' | 'batching'> {
  const answers = new AnswerCache({ maxBytes: 0, maxAgeMs: 1, isCurrent: () => false, publish: () => undefined })
  return { answers, batching: { maxSize: 1, maxInFlight: 1, maxWaiting: 1, figures: noFigures() } }
}

function batchingOf(config: Config, figures: BatchFigures): Context['batching'] {
  return {
    maxSize: config.MAX_BATCH_SIZE,
    maxInFlight: config.MAX_BATCHES_IN_FLIGHT,
    maxWaiting: config.MAX_QUEUED_PER_KIND,
    figures,
  }
}

function addHealth(api: Api, db: Db, isStopping: () => boolean): void {
  api.get('/healthz', (c) => c.json({ status: 'ok' }))
  api.get('/readyz', async (c) => {
    if (isStopping()) throw new AppError('overloaded', 'STOPPING', 'This process is stopping.')
    await requireMigrated(db)
    return c.json({ status: 'ready' })
  })
}

export function openApiDocument(api: Api): object {
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Tandem',
      version: packageJson.version,
      description: SUMMARY,
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT' },
    },
    tags: [
      { name: 'Teams', description: 'Teams, their members and how their reviewers are chosen' },
      { name: 'Users', description: 'People and what they review' },
      { name: 'Availability', description: 'When people may be asked, and how much' },
      { name: 'Pull requests', description: 'Opening, reassigning, merging' },
      { name: 'Code owners', description: 'CODEOWNERS files of repositories' },
      { name: 'Decisions', description: 'Why somebody was chosen, and why somebody was not' },
      { name: 'Statistics', description: 'Load and fairness' },
      { name: 'History', description: 'What landed before Tandem or beside it' },
      { name: 'Events', description: 'What happened, when, and by whom' },
      { name: 'Webhooks', description: 'Endpoints of yours that are told of events' },
      { name: 'Jobs', description: 'What is done in the background' },
      { name: 'Simulations', description: 'How well each rule would have done on the history' },
    ],
  })
}
