import packageJson from '../package.json' with { type: 'json' }
import { startBackground } from './app/background.ts'
import { threadDatabase } from './app/thread-database.ts'
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import {
  AMQP_RELAY,
  acceptLive,
  addEventMetrics,
  addEventRoutes,
  createEvents,
  type EventOptions,
  type Events,
} from './features/events/index.ts'
import { addHistoryRoutes, createHistory } from './features/history/index.ts'
import { addInsightRoutes } from './features/insights/index.ts'
import { addJobRoutes, createJobs } from './features/jobs/index.ts'
import {
  addNotificationMetrics,
  addNotificationRoutes,
  createNotifications,
  type NotificationOptions,
  type Notifications,
} from './features/notifications/index.ts'
import { addOwnersRoutes, createOwners } from './features/owners/index.ts'
import { addPeopleRoutes, createPeople, type People } from './features/people/index.ts'
import { addReviewMetrics, addReviewRoutes, createReviews, type Reviews } from './features/reviews/index.ts'
import {
  acceptChat,
  addRoomMetrics,
  addRoomRoutes,
  createRooms,
  type RoomOptions,
  type Rooms,
} from './features/rooms/index.ts'
import { addSimulationRoutes, createSimulations, type Simulations } from './features/simulation/index.ts'
import { noFigures, type BatchFigures } from './infra/batch/batcher.ts'
import { AnswerCache } from './infra/cache/answer-cache.ts'
import { openChangeFeed, type ChangeFeed, type FeedHandlers } from './infra/cache/change-feed.ts'
import { postgresChannel } from './infra/cache/postgres-channel.ts'
import { openRedis, redisChannel } from './infra/cache/redis-channel.ts'
import { createSharedAnswers } from './infra/cache/shared-answers.ts'
import { openDatabase, type Db } from './infra/db/database.ts'
import { requireMigrated } from './infra/db/migrator.ts'
import { traceDatabase } from './infra/db/traced-database.ts'
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
import { addBatchMetrics, addCacheMetrics } from './infra/telemetry/cache-metrics.ts'
import type { Logger } from './infra/telemetry/logger.ts'
import { createMetrics, type Metrics } from './infra/telemetry/metrics.ts'
import { addPoolMetrics } from './infra/telemetry/pool-metrics.ts'
import type { Tracing } from './infra/telemetry/tracing.ts'
import { AppError } from './shared/errors.ts'

const SUMMARY = 'Who reviews this pull request? Balanced, explainable, replayable reviewer assignment.'
const WORKSPACE_ID = 1
/** More than all who are in rooms of a process can make: they are told together. */
const MAX_ROOM_NEWS_WAITING = 500_000

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
  const features = addFeatures(role === 'worker' ? createApi() : api, context, {
    events: {
      maxStreams: config.EVENT_STREAMS_MAX,
      reading: threadDatabase(options),
      outside: {
        allowPrivate: config.WEBHOOK_ALLOW_PRIVATE,
        timeoutMs: config.WEBHOOK_TIMEOUT_MS,
        signal: stopping.signal,
      },
      onFailure: (error) => log.warn({ err: error }, 'could not read events for those who listen'),
    },
    rooms: {
      maxClients: config.CHAT_CLIENTS_MAX,
      ...(role === 'worker' ? {} : { openFeed: (handlers) => openRoomFeed(options, handlers) }),
      onFailure: (error) => log.warn({ err: error }, 'could not read messages of rooms'),
    },
    notifications: notificationOptionsOf(config),
  })
  const { reviews, simulations, events, rooms, notifications } = features
  addCacheMetrics(metrics, answers)
  addBatchMetrics(metrics, figures)
  addPoolMetrics(metrics, db.connections)
  addReviewMetrics(metrics, reviews)
  addEventMetrics(metrics, events, config.AMQP_URL === undefined ? [] : [AMQP_RELAY])
  addRoomMetrics(metrics, rooms.figures)
  addNotificationMetrics(metrics, notifications.figures)
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
    beforeEach: () => reviews.expertise.takeAnswers(),
  })

  const background = startBackground({
    ...options,
    ...features,
    db,
    stopping: stopping.signal,
    isWorker: role !== 'api',
  })
  if (background.jobs !== null) addJobMetrics(metrics, background.jobs.figures, db)
  return {
    fetch: tracing === undefined ? serve : traceRequests(serve, tracing, isOperationOf(api, metrics)),
    sockets:
      role === 'worker'
        ? {}
        : { '/live': acceptLive(events, stopping.signal, log), '/chat': acceptChat(rooms, stopping.signal, log) },
    beginStop: () => stopping.abort(),
    drain: async (timeoutMs) => background.jobs?.stop(timeoutMs),
    async close() {
      await Promise.all([background.stop(), simulations.close(), events.live.close()])
      await Promise.all([feed.close(), rooms.close(), reviews.expertise.close()])
      await db.close()
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

/** How processes tell each other what happens in rooms: as they tell each other of answers, and beside it. */
function openRoomFeed(
  { config: { REDIS_URL: url }, databaseUrl, databaseIdentity, log }: AppOptions,
  handlers: Omit<FeedHandlers, 'log'>,
): ChangeFeed {
  const channel =
    url === undefined
      ? postgresChannel(databaseUrl, 'tandem_rooms')
      : redisChannel({ url, scope: databaseIdentity }, 'rooms')
  const ownLog = log.child({ feed: 'rooms' })
  return openChangeFeed(channel, { ...handlers, log: ownLog }, { maxWaitingKeys: MAX_ROOM_NEWS_WAITING })
}

type FeatureOptions = { events?: EventOptions; rooms?: RoomOptions; notifications?: NotificationOptions }

type Features = {
  people: People
  reviews: Reviews
  simulations: Simulations
  events: Events
  rooms: Rooms
  notifications: Notifications
}

/** All routes with what they stand on; the document needs the same, but no database. */
export function addFeatures(api: Api, context: Context, options: FeatureOptions = {}): Features {
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
  const events = createEvents(context, options.events)
  addEventRoutes(api, events)
  const rooms = createRooms(context, options.rooms)
  addRoomRoutes(api, rooms)
  const notifications = createNotifications(context, { reviews, settled: events.settled }, options.notifications)
  addNotificationRoutes(api, notifications)
  addJobRoutes(api, createJobs(context))
  addDocs(api, () => openApiDocument(api))
  addWelcome(api, { name: 'Tandem', version: packageJson.version, summary: SUMMARY })
  return { people, reviews, simulations, events, rooms, notifications }
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

function notificationOptionsOf(config: Config): NotificationOptions {
  return {
    smtpUrl: config.SMTP_URL,
    mailFrom: config.MAIL_FROM,
    telegram: { token: config.TELEGRAM_BOT_TOKEN, apiUrl: config.TELEGRAM_API_URL },
    publicUrl: config.PUBLIC_URL,
    linkSecret: config.LINK_SECRET,
    allowPrivate: config.NOTIFICATION_ALLOW_PRIVATE,
  }
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
      { name: 'Rooms', description: 'Chat: a room for each pull request and each team' },
      { name: 'Events', description: 'What happened, when, and by whom' },
      { name: 'Webhooks', description: 'Endpoints of yours that are told of events' },
      { name: 'Notifications', description: 'Who is told what, by which channel, and what was told' },
      { name: 'Jobs', description: 'What is done in the background' },
      { name: 'Simulations', description: 'How well each rule would have done on the history' },
    ],
  })
}
