import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import { createApp, roles, type Role } from './app.ts'
import { startCommand, UsageError, type Command } from './cli/terminal/command.ts'
import { wholeNumberOption } from './cli/terminal/options.ts'
import { databaseOf, readConfig, type Config } from './config.ts'
import { identityOf, openConfiguredDatabase } from './infra/db/configured-database.ts'
import { migrateUp } from './infra/db/migrator.ts'
import { listen, reservePort } from './infra/http/listen.ts'
import { createLogger, type Logger } from './infra/telemetry/logger.ts'
import { createMetrics, type Metrics } from './infra/telemetry/metrics.ts'
import { addProcessMetrics } from './infra/telemetry/process-metrics.ts'
import { openTelemetry, type Telemetry } from './infra/telemetry/telemetry.ts'
import { traceFields } from './infra/telemetry/tracing.ts'
import { openSupervisorChannel, type SupervisorChannel } from './infra/workers/supervisor-channel.ts'
import { startWorkers } from './infra/workers/workers.ts'

/** For what is left once requests have ended; with STOP_TIMEOUT_MS it keeps a stop within ten seconds. */
const CLOSE_TIMEOUT_MS = 1000
/** For traces and error reports that have not been sent when everything else is over. */
const SEND_TIMEOUT_MS = 500
/** What a worker may take longer than it should before it is killed. */
const WORKER_GRACE_MS = 500
const MAX_WORKERS = 64

type Environment = Readonly<Record<string, string | undefined>>

export const start: Command = {
  usage: `Serves Tandem, with the configured database (DATABASE_URL, else the embedded one). docs/configuration.md has all settings.

Usage: npm start -- [--workers <number>] [--role <role>]

  --workers <number>    processes that share the port, 1 to ${MAX_WORKERS}, or auto for one per core; 1 unless said otherwise
  --role <role>         api answers requests, worker does what is done in the background, all does both; all unless said otherwise
  --help                this text`,
  async run(args, { environment }) {
    const { workers, worker, role } = readArguments(args)
    const config = readConfig(environment)
    const isPretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stdout.isTTY)
    const telemetry = await openTelemetry({ ...config, version: packageJson.version }, (error) =>
      log.warn({ err: error }, 'could not send traces'),
    )
    const log = createLogger(config.LOG_LEVEL, isPretty, undefined, {
      fields: telemetry.tracing === undefined ? undefined : traceFields,
      onFailure: telemetry.report,
    })
    const given: Given = { tracing: telemetry.tracing, role }
    try {
      if (worker !== null) await serveAsWorker(config, log, { ...worker, ...given })
      else if (workers === 1) await serveAlone(config, log, given)
      else await supervise(config, log, { count: workers, role }, environment)
    } finally {
      await telemetry.close(SEND_TIMEOUT_MS)
    }
    return 0
  },
}

type Arguments = { workers: number; worker: null | { number: number; channel: SupervisorChannel }; role: Role }
type Given = Pick<Telemetry, 'tracing'> & { role: Role }

function readArguments(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      workers: { type: 'string', default: '1' },
      worker: { type: 'string' },
      role: { type: 'string', default: 'all' },
    },
  })
  const workers =
    values.workers === 'auto'
      ? Math.min(availableParallelism(), MAX_WORKERS)
      : wholeNumberOption('workers', values.workers, 1, MAX_WORKERS)
  const role = roles.find((known) => known === values.role)
  if (role === undefined) throw new UsageError(`--role must be one of ${roles.join(', ')}.`)
  if (values.worker === undefined) return { workers, worker: null, role }
  const channel = openSupervisorChannel()
  if (channel === undefined) throw new UsageError('--worker is what Tandem starts its own workers with; use --workers.')
  return { workers, worker: { number: Number(values.worker), channel }, role }
}

async function serveAlone(config: Config, log: Logger, given: Given): Promise<void> {
  const stopped = whenSignalled()
  await withMigratedDatabase(config, log, async (databaseUrl) => {
    const metrics = createMetrics()
    addProcessMetrics(metrics, 1)
    const announce = (url: string) => announceReady(config, log, url)
    await serve(config, log, databaseUrl, { metrics, ...given, isShared: false, announce, stopped })
  })
  log.info({}, 'stopped')
}

/** The supervisor has opened and migrated the database, and says where it is. */
async function serveAsWorker(
  config: Config,
  log: Logger,
  { number, channel, ...given }: NonNullable<Arguments['worker']> & Given,
): Promise<void> {
  const metrics = createMetrics(channel.scrape)
  addProcessMetrics(metrics, number)
  channel.reportWith(metrics.figures)
  const ownLog = log.child({ worker: number, pid: process.pid })
  const { announce, stopped } = channel
  await serve(config, ownLog, config.DATABASE_URL!, { metrics, ...given, isShared: true, announce, stopped })
}

async function supervise(
  config: Config,
  log: Logger,
  { count, role }: { count: number; role: Role },
  environment: Environment,
): Promise<void> {
  const stopped = whenSignalled()
  await withMigratedDatabase(config, log, async (databaseUrl) => {
    const { port, release } = reservePort(config.LISTEN_HOST, config.PORT)
    const workers = startWorkers({
      count,
      command: [process.execPath, import.meta.path, '--role', role, '--worker'],
      environment: { ...environment, DATABASE_URL: databaseUrl, PORT: String(port) },
      log,
    })
    const ready = workers.ready.then((url) => {
      release()
      announceReady(config, log, url, count)
      return stopped
    })
    try {
      const signal = await Promise.race([ready, stopped, workers.failed])
      log.info({ signal }, 'stopping: the workers finish requests under way')
    } finally {
      release()
      await workers.stop(config.STOP_TIMEOUT_MS + CLOSE_TIMEOUT_MS + WORKER_GRACE_MS)
    }
  })
  log.info({}, 'stopped')
}

async function withMigratedDatabase(config: Config, log: Logger, use: (url: string) => Promise<void>): Promise<void> {
  const database = await openConfiguredDatabase(databaseOf(config), (message) => log.info({}, message))
  try {
    const applied = await migrateUp(database.url)
    if (applied.length > 0) log.info({ applied }, 'migrated the database')
    await use(database.url)
  } finally {
    await database.close()
  }
}

type Part = Given & {
  metrics: Metrics
  isShared: boolean
  announce: (url: string) => void
  /** Resolves with what it was that ended the service. */
  stopped: Promise<string>
}

/** Serves until `stopped`, then finishes requests under way. */
async function serve(config: Config, log: Logger, databaseUrl: string, part: Part): Promise<void> {
  const databaseIdentity = config.REDIS_URL === undefined ? '' : await identityOf(databaseUrl)
  const { metrics, tracing, role } = part
  const app = createApp({ config, databaseUrl, databaseIdentity, log, metrics, tracing, role })
  try {
    const listener = listen(app.fetch, {
      hostname: config.LISTEN_HOST,
      port: config.PORT,
      idleTimeoutS: config.IDLE_TIMEOUT_S,
      sockets: app.sockets,
      isShared: part.isShared,
    })
    part.announce(listener.url)
    const signal = await part.stopped
    log.info({ signal }, 'stopping: finishing requests under way')
    app.beginStop()
    await Promise.all([listener.stop(config.STOP_TIMEOUT_MS), app.drain(config.STOP_TIMEOUT_MS)])
  } finally {
    await Promise.race([app.close(), Bun.sleep(CLOSE_TIMEOUT_MS)])
  }
}

function announceReady(config: Config, log: Logger, url: string, workers = 1): void {
  log.info({ url, docs: `${url}/docs`, pid: process.pid, workers }, 'Tandem is ready')
  if (isLoopback(config.LISTEN_HOST)) return
  log.warn(
    { listen_host: config.LISTEN_HOST },
    'there is no access control yet: whoever reaches this address may do everything',
  )
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** Resolves at the first signal; a second one, from somebody in a hurry, ends the process at once. */
function whenSignalled(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let isSignalled = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isSignalled) process.exit(1)
      isSignalled = true
      resolve(signal)
    })
  }
  return promise
}

if (import.meta.main) await startCommand(start)
