import { afterAll } from 'bun:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChangeFeed, type FeedOptions, openChangeFeed, type OpenChannel } from '../infra/cache/change-feed.ts'
import { createLogger } from '../infra/telemetry/logger.ts'

export type TestFeed = ChangeFeed & {
  /** The keys it heard of, in their order. */
  heard: string[]
  /** For each time that changes may have been missed: whether the feed called itself current just then. */
  lost: boolean[]
  warnings: () => string[]
}

/** A feed that is up, closed after the test file. */
export async function startFeed(open: OpenChannel, options: FeedOptions = {}): Promise<TestFeed> {
  const feed = openFeed(open, options)
  await until(() => feed.isCurrent())
  feed.lost.length = 0
  return feed
}

export function openFeed(open: OpenChannel, options: FeedOptions = {}): TestFeed {
  const heard: string[] = []
  const lost: boolean[] = []
  const lines: string[] = []
  const log = createLogger('warn', false, { write: (line: string) => void lines.push(line) })
  const handlers = {
    onChanged: (keys: readonly string[]) => void heard.push(...keys),
    onLost: () => void lost.push(feed.isCurrent()),
    log,
  }
  const feed = openChangeFeed(open, handlers, { heartbeatMs: 50, ...options })
  afterAll(() => feed.close())
  return { ...feed, heard, lost, warnings: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg) }
}

/** Waits until it is so. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`This did not happen: ${String(condition)}`)
    await sleep(5)
  }
}
