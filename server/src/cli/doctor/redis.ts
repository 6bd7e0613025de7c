import { createClient } from '@redis/client'
import { topic, type Finding } from './finding.ts'

const redis = topic('redis')

const CONNECT_WITHIN_MS = 3000
const SLOW_MS = 5
const OLDEST_MAJOR = 6

export async function examineRedis(url: string | undefined): Promise<Finding[]> {
  if (url === undefined) return [redis.ok('not used; PostgreSQL tells processes of changes')]
  const client = createClient({ url, socket: { connectTimeout: CONNECT_WITHIN_MS, reconnectStrategy: false } })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.ping()
    const startedMs = performance.now()
    await client.ping()
    const latencyMs = performance.now() - startedMs
    const [, version = '?'] = /redis_version:(\S+)/.exec(await client.info('server')) ?? []
    return [judgeRedis(version, latencyMs)]
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const isRefused = /NOAUTH|WRONGPASS/.test(message)
    return [
      redis.wrong(
        `cannot be used: ${message || code}`,
        isRefused
          ? 'Correct user and password in REDIS_URL (redis://user:password@host:6379).'
          : 'Start it, or correct REDIS_URL; without REDIS_URL Tandem does without Redis.',
      ),
    ]
  } finally {
    if (client.isOpen) client.destroy()
  }
}

export function judgeRedis(version: string, latencyMs: number): Finding {
  const says = `Redis ${version}, ${latencyMs.toFixed(1)} ms away`
  const isOld = Number.parseInt(version, 10) < OLDEST_MAJOR
  if (isOld) return redis.warning(`${says}.`, `Use version ${OLDEST_MAJOR} or newer.`)
  if (latencyMs > SLOW_MS) return redis.warning(`${says}.`, 'Run it nearer: PostgreSQL is as quick as that.')
  return redis.ok(says)
}
