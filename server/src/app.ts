import packageJson from '../package.json' with { type: 'json' }
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import { addHistoryRoutes, createHistory } from './features/history/index.ts'
import { addInsightRoutes } from './features/insights/index.ts'
import { addOwnersRoutes, createOwners } from './features/owners/index.ts'
import { addPeopleRoutes, createPeople, readCalendars, type People } from './features/people/index.ts'
import { addReviewRoutes, createReviews, fillSeats, type Reviews } from './features/reviews/index.ts'
import { addSimulationRoutes, createSimulations, type Simulations } from './features/simulation/index.ts'
import { noFigures, type BatchFigures } from './infra/batch/batcher.ts'
import { AnswerCache } from './infra/cache/answer-cache.ts'
import { openChangeFeed } from './infra/cache/change-feed.ts'
import { postgresChannel } from './infra/cache/postgres-channel.ts'
import { openRedis } from './infra/cache/redis-channel.ts'
import { createSharedAnswers } from './infra/cache/shared-answers.ts'
import { openDatabase, type Db } from './infra/db/database.ts'
import { forgetOldKeys } from './infra/db/idempotency.ts'
import { requireMigrated } from './infra/db/migrator.ts'
import { createApi, type Api } from './infra/http/api.ts'
import { addDocs } from './infra/http/docs.ts'
import { addMetrics } from './infra/http/measure.ts'
import { errorHandler } from './infra/http/refuse.ts'
import { createServe } from './infra/http/serve.ts'
import { unknownRoute } from './infra/http/unknown-route.ts'
import { addWelcome } from './infra/http/welcome.ts'
import { addBatchMetrics, addCacheMetrics } from './infra/telemetry/cache-metrics.ts'
import type { Logger } from './infra/telemetry/logger.ts'
import { createMetrics, type Metrics } from './infra/telemetry/metrics.ts'
import { every, type Timer } from './infra/timer.ts'
import { AppError } from './shared/errors.ts'

const SUMMARY = 'Who reviews this pull request? Balanced, explainable, replayable reviewer assignment.'
const WORKSPACE_ID = 1
const CLEAN_UP_INTERVAL_MS = 10 * 60_000
/** How soon what others merged is known. */
const FOLLOW_INTERVAL_MS = 1000
/** How soon a feed that was named is read for the first time. */
const CALENDAR_INTERVAL_MS = 5000

export type App = {
  fetch: (request: Request) => Response | Promise<Response>
  /** From now on `/readyz` says no, and answers ask clients to close their connections. */
  beginStop: () => void
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
}

export function createApp(options: AppOptions): App {
  const { config, databaseUrl, log, metrics = createMetrics() } = options
  const db = openDatabase({
    url: databaseUrl,
    poolSize: config.DATABASE_POOL_SIZE,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    onError: (error) => log.warn({ err: error }, 'a database connection broke'),
  })
  const stopping = new AbortController()
  const isStopping = () => stopping.signal.aborted
  const api = createApi()
  api.onError(errorHandler(log))
  api.notFound(unknownRoute(api, log))
  addHealth(api, db, isStopping)
  addMetrics(api, metrics)
  const { answers, feed } = openAnswers(options)
  const figures = noFigures()
  const context = contextOf(db, { answers, batching: batchingOf(config, figures) })
  const { people, reviews, simulations } = addFeatures(api, context)
  addCacheMetrics(metrics, answers)
  addBatchMetrics(metrics, figures)
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

  const background = startBackground({ config, db, log, people, reviews, stopping: stopping.signal })
  return {
    fetch: serve,
    beginStop: () => stopping.abort(),
    async close() {
      await Promise.all([background.stop(), simulations.close()])
      await feed.close()
      await db.close()
    },
  }
}

type Background = Pick<AppOptions, 'config' | 'log'> & {
  db: Db
  people: People
  reviews: Reviews
  stopping: AbortSignal
}

/** What this process does without being asked. */
function startBackground({ config, db, log, people, reviews, stopping }: Background): Timer {
  const regularly = (intervalMs: number, failure: string, work: () => Promise<void>) =>
    every(intervalMs, work, (error) => log.warn({ err: error }, failure))
  const timers = [
    regularly(CLEAN_UP_INTERVAL_MS, 'could not forget old idempotency keys', async () => {
      const forgotten = await forgetOldKeys(db, WORKSPACE_ID, config.IDEMPOTENCY_HOURS)
      if (forgotten > 0) log.debug({ forgotten }, 'forgot old idempotency keys')
    }),
    regularly(FOLLOW_INTERVAL_MS, 'could not read who knows what', () => reviews.expertise.catchUp()),
    regularly(config.FILL_SEATS_EVERY_MS, 'could not fill empty seats of reviewers', async () => {
      const filled = await fillSeats(reviews)
      if (filled > 0) log.info({ filled }, 'filled empty seats of reviewers')
    }),
    regularly(CALENDAR_INTERVAL_MS, 'could not read calendars', async () => {
      const { CALENDAR_REFRESH_MINUTES: refreshMinutes, CALENDAR_ALLOW_PRIVATE: allowPrivate } = config
      await readCalendars(people, { refreshMinutes, allowPrivate, signal: stopping })
    }),
  ]
  return {
    async stop() {
      await Promise.all(timers.map((timer) => timer.stop()))
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
): { people: People; reviews: Reviews; simulations: Simulations } {
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
  addDocs(api, () => openApiDocument(api))
  addWelcome(api, { name: 'Tandem', version: packageJson.version, summary: SUMMARY })
  return { people, reviews, simulations }
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
      { name: 'Simulations', description: 'How well each rule would have done on the history' },
    ],
  })
}
