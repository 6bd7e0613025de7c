import { createApp } from './app.ts'
import { databaseOf, readConfig } from './config.ts'
import { openConfiguredDatabase } from './infra/db/configured-database.ts'
import { migrateUp } from './infra/db/migrator.ts'
import { listen } from './infra/http/listen.ts'
import { createLogger } from './infra/telemetry/logger.ts'
import { StartupError } from './shared/errors.ts'

/** For what is left once requests have ended; with STOP_TIMEOUT_MS it keeps a stop within ten seconds. */
const CLOSE_TIMEOUT_MS = 1000

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const isPretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stdout.isTTY)
  const log = createLogger(config.LOG_LEVEL, isPretty)
  const stopped = whenSignalled()

  const database = await openConfiguredDatabase(databaseOf(config), (message) => log.info({}, message))
  try {
    const applied = await migrateUp(database.url)
    if (applied.length > 0) log.info({ applied }, 'migrated the database')
    const app = createApp(config, database.url, log)
    try {
      const listener = listen(app.fetch, {
        hostname: config.LISTEN_HOST,
        port: config.PORT,
        idleTimeoutS: config.IDLE_TIMEOUT_S,
      })
      log.info({ url: listener.url, docs: `${listener.url}/docs`, pid: process.pid }, 'Tandem is ready')
      if (!isLoopback(config.LISTEN_HOST)) {
        log.warn(
          { listen_host: config.LISTEN_HOST },
          'there is no access control yet: whoever reaches this address may do everything',
        )
      }
      const signal = await stopped
      log.info({ signal }, 'stopping: finishing requests under way')
      app.beginStop()
      await listener.stop(config.STOP_TIMEOUT_MS)
    } finally {
      await Promise.race([app.close(), Bun.sleep(CLOSE_TIMEOUT_MS)])
    }
  } finally {
    await database.close()
  }
  log.info({}, 'stopped')
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

try {
  await main()
  process.exit(0)
} catch (error) {
  console.error(error instanceof StartupError ? `\n${error.message}\n` : error)
  process.exit(1)
}
