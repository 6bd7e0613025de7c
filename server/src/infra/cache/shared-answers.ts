import type { Logger } from '../telemetry/logger.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { Redis } from './redis-channel.ts'

/** A ticket allows to store an answer that was loaded from the database after the ticket was had. */
export type SharedAnswer = { body: string; ageMs: number } | { ticket: string }

export type SharedAnswers = {
  /** What Redis holds for the keys, a ticket for each of the others; null when Redis is not to be relied on now. Never throws. */
  fetch: (keys: readonly string[]) => Promise<Map<string, SharedAnswer> | null>
  /** In the background. What was changed after its ticket was had is not stored. */
  store: (answers: readonly { key: string; body: string; ticket: string }[]) => void
}

export type SharedAnswersOptions = {
  /** From when its ticket was had; an answer whose load takes longer is not stored. */
  maxAgeMs?: number
  giveUpAfterMs?: number
  /** How long Redis is left alone after it was too slow or failed. */
  restMs?: number
}

const EPOCH_SECONDS = 86_400
const MAX_FETCHES_IN_FLIGHT = 1000
const MAX_BYTES_BEING_STORED = 16 * 1024 * 1024

/**
 * A key holds a ticket or a ticket, a line break and the answer stored with it. A ticket is `epoch nonce time`: what has another epoch than the
 * present one is as good as absent. Whatever deletes the key or the epoch makes the ticket worthless for good, be it a
 * change, an eviction, FLUSHALL or a restart: none is ever made twice. An answer keeps the expiry of its ticket.
 */
const FETCH = `
local epoch = redis.call('GET', KEYS[1])
if not epoch then
  epoch = ARGV[1]
  redis.call('SET', KEYS[1], epoch, 'EX', ${EPOCH_SECONDS})
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local reply = { now }
for i = 2, #KEYS do
  local held = redis.call('GET', KEYS[i])
  if not held or string.sub(held, 1, #epoch + 1) ~= epoch .. ' ' then
    held = epoch .. ' ' .. ARGV[1] .. ' ' .. now
    redis.call('SET', KEYS[i], held, 'PX', ARGV[2])
  end
  reply[i] = held
end
return reply`

const STORE = `
for i, key in ipairs(KEYS) do
  local ticket = ARGV[2 * i - 1]
  if redis.call('GET', key) == ticket then redis.call('SET', key, ticket .. '\\n' .. ARGV[2 * i], 'KEEPTTL') end
end`

/** Answers that the processes share; what `feed` was told of before a fetch is not found by it. */
export function createSharedAnswers(
  redis: Redis,
  feed: Pick<ChangeFeed, 'flush'>,
  log: Logger,
  options: SharedAnswersOptions = {},
): SharedAnswers {
  const { maxAgeMs = 30_000, giveUpAfterMs = 50, restMs = 1000 } = options
  const self = crypto.randomUUID()
  let fetches = 0
  let fetchesInFlight = 0
  let bytesBeingStored = 0
  let restUntil = 0
  let isFailing = false

  async function ask(keys: readonly string[]): Promise<Map<string, SharedAnswer> | null> {
    feed.flush()
    const names = [redis.epochKey, ...keys.map(redis.answerKey)]
    const reply = redis.run(FETCH, names, [`${self}.${++fetches}`, String(maxAgeMs)])
    if (reply === null) return null
    fetchesInFlight++
    const [now, ...held] = (await reply.finally(() => fetchesInFlight--)) as Buffer[]
    return new Map(keys.map((key, index) => [key, readHeld(held[index]!, Number(now))]))
  }

  function rest(reason: unknown): null {
    restUntil = performance.now() + restMs
    if (!isFailing) log.warn({ err: reason }, 'Redis is slow or fails: answering without it meanwhile')
    isFailing = true
    return null
  }

  return {
    async fetch(keys) {
      if (performance.now() < restUntil || fetchesInFlight >= MAX_FETCHES_IN_FLIGHT) return null
      try {
        const found = await within(giveUpAfterMs, ask(keys))
        if (found !== null) isFailing = false
        return found
      } catch (error) {
        return rest(error)
      }
    },
    store(answers) {
      const bytes = answers.reduce((sum, { body }) => sum + body.length, 0)
      if (performance.now() < restUntil || bytesBeingStored + bytes > MAX_BYTES_BEING_STORED) return
      const names = answers.map(({ key }) => redis.answerKey(key))
      const stored = redis.run(
        STORE,
        names,
        answers.flatMap(({ ticket, body }) => [ticket, body]),
      )
      if (stored === null) return
      bytesBeingStored += bytes
      stored.catch(rest).finally(() => (bytesBeingStored -= bytes))
    },
  }
}

function readHeld(held: Buffer, now: number): SharedAnswer {
  const end = held.indexOf('\n')
  const ticket = held.toString('latin1', 0, end === -1 ? held.length : end)
  if (end === -1) return { ticket }
  return {
    body: held.toString('utf8', end + 1),
    ageMs: Math.max(0, now - Number(ticket.slice(ticket.lastIndexOf(' ')))),
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`No answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
