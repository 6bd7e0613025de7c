import packageJson from '../package.json' with { type: 'json' }
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import { addInsightRoutes } from './features/insights/index.ts'
import { addPeopleRoutes, createPeople } from './features/people/index.ts'
import { addReviewRoutes, createReviews } from './features/reviews/index.ts'
import { openDatabase, type Db } from './infra/db/database.ts'
import { forgetOldKeys } from './infra/db/idempotency.ts'
import { requireMigrated } from './infra/db/migrator.ts'
import { createApi, type Api } from './infra/http/api.ts'
import { addDocs } from './infra/http/docs.ts'
import { checkQuery, identify, limitInFlight, limitTime } from './infra/http/middleware.ts'
import { errorHandler } from './infra/http/refuse.ts'
import { unknownRoute } from './infra/http/unknown-route.ts'
import { addWelcome } from './infra/http/welcome.ts'
import type { Logger } from './infra/telemetry/logger.ts'
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

export function createApp(config: Config, databaseUrl: string, log: Logger): App {
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
  api.notFound(unknownRoute(api))
  api.use(identify(log, config.MAX_BODY_BYTES))
  addHealth(api, db, () => isStopping)
  api.use(limitInFlight(config.MAX_REQUESTS_IN_FLIGHT, () => isStopping))
  api.use(limitTime(config.REQUEST_TIMEOUT_MS))
  api.use(checkQuery)
  addFeatures(api, contextOf(db), config)

  const cleanUp = every(
    CLEAN_UP_INTERVAL_MS,
    async () => {
      const forgotten = await forgetOldKeys(db, WORKSPACE_ID, config.IDEMPOTENCY_HOURS)
      if (forgotten > 0) log.debug({ forgotten }, 'forgot old idempotency keys')
    },
    (error) => log.warn({ err: error }, 'could not forget old idempotency keys'),
  )

  return {
    fetch: (request) => api.fetch(request),
    beginStop: () => {
      isStopping = true
    },
    async close() {
      await cleanUp.stop()
      await db.close()
    },
  }
}

/** All routes with what they stand on; the document needs the same, but no database. */
export function addFeatures(api: Api, context: Context, config: Pick<Config, 'MAX_BATCH_SIZE'>): void {
  const people = createPeople(context, config.MAX_BATCH_SIZE)
  const reviews = createReviews(context, people, config.MAX_BATCH_SIZE)
  addPeopleRoutes(api, people)
  addReviewRoutes(api, reviews)
  addInsightRoutes(api, context)
  addDocs(api, () => openApiDocument(api))
  addWelcome(api, { name: 'Tandem', version: packageJson.version, summary: SUMMARY })
}

export function contextOf(db: Db): Context {
  return {
    db,
    workspaceId: WORKSPACE_ID,
    nextSeed: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
    monotonicMs: () => performance.now(),
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
