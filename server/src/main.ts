import { createApp } from './app.ts'
import { databaseOf, readConfig } from './config.ts'
import { openConfiguredDatabase } from './infra/db/configured-database.ts'
import { migrateUp } from './infra/db/migrator.ts'
import { listen } from './infra/http/listen.ts'
import { createLogger } from './infra/telemetry/logger.ts'
import { StartupError } from './shared/errors.ts'

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const isPretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stdout.isTTY)
  const log = createLogger(config.LOG_LEVEL, isPretty)
  const stopped = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopped.resolve(signal))

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
        maxBodyBytes: config.MAX_BODY_BYTES,
      })
      log.info({ url: listener.url, docs: `${listener.url}/docs`, pid: process.pid }, 'Tandem is ready')
      const signal = await stopped.promise
      log.info({ signal }, 'stopping: finishing requests under way')
      app.beginStop()
      await listener.stop(config.STOP_TIMEOUT_MS)
    } finally {
      await app.close()
    }
  } finally {
    await database.close()
  }
  log.info({}, 'stopped')
}

try {
  await main()
  process.exit(0)
} catch (error) {
  console.error(error instanceof StartupError ? `\n${error.message}\n` : error)
  process.exit(1)
}
