import packageJson from '../package.json' with { type: 'json' }
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import { addInsightRoutes } from './features/insights/index.ts'
import { addPeopleRoutes, createPeople } from './features/people/index.ts'
import { addReviewRoutes, createReviews } from './features/reviews/index.ts'
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
import { every } from './infra/timer.ts'
import { AppError } from './shared/errors.ts'

const SUMMARY = 'Who reviews this pull request? Balanced, explainable, replayable reviewer assignment.'
const WORKSPACE_ID = 1
const CLEAN_UP_INTERVAL_MS = 10 * 60_000

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
  let isStopping = false
  const api = createApi()
  api.onError(errorHandler(log))
  api.notFound(unknownRoute(api, log))
  addHealth(api, db, () => isStopping)
  addMetrics(api, metrics)
  const { answers, feed } = openAnswers(options)
  const figures = noFigures()
  addFeatures(api, contextOf(db, { answers, batching: batchingOf(config, figures) }))
  addCacheMetrics(metrics, answers)
  addBatchMetrics(metrics, figures)
  const serve = createServe({
    api,
    answers,
    log,
    metrics,
    maxInFlight: config.MAX_REQUESTS_IN_FLIGHT,
    maxBodyBytes: config.MAX_BODY_BYTES,
    timeoutMs: config.REQUEST_TIMEOUT_MS,
    isStopping: () => isStopping,
  })

  const cleanUp = every(
    CLEAN_UP_INTERVAL_MS,
    async () => {
      const forgotten = await forgetOldKeys(db, WORKSPACE_ID, config.IDEMPOTENCY_HOURS)
      if (forgotten > 0) log.debug({ forgotten }, 'forgot old idempotency keys')
    },
    (error) => log.warn({ err: error }, 'could not forget old idempotency keys'),
  )

  return {
    fetch: serve,
    beginStop: () => {
      isStopping = true
    },
    async close() {
      await cleanUp.stop()
      await feed.close()
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

/** All routes with what they stand on; the document needs the same, but no database. */
export function addFeatures(api: Api, context: Context): void {
  const people = createPeople(context)
  const reviews = createReviews(context, people)
  addPeopleRoutes(api, people)
  addReviewRoutes(api, reviews)
  addInsightRoutes(api, context)
  addDocs(api, () => openApiDocument(api))
  addWelcome(api, { name: 'Tandem', version: packageJson.version, summary: SUMMARY })
}

/** Without `shared`, for tools: nothing is kept in memory. */
export function contextOf(db: Db, shared: Pick<Context, 'answers' | 'batching'> = unshared()): Context {
  return {
    db,
    ...shared,
    workspaceId: WORKSPACE_ID,
    nextSeed: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
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
      { name: 'Pull requests', description: 'Opening, reassigning, merging' },
      { name: 'Decisions', description: 'Why somebody was chosen, and why somebody was not' },
      { name: 'Statistics', description: 'Load and fairness' },
    ],
  })
}
