import { Readable, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Context, MiddlewareHandler } from 'hono'
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ApiEnv } from './api.ts'

export type UploadLimits = {
  /** Of a body, as it is sent and unpacked. */
  maxBytes: number
  /** The process stops: uploads under way end here. */
  stopping: AbortSignal
  /** For failures that come when the answer has begun already. */
  log: Logger
}

/** A line of a body, counted from 1; empty ones are left out. */
export type Line = { number: number; text: string; bytes: number }

type Chunks = AsyncIterable<Uint8Array>
type Next = { done: boolean; value?: Uint8Array }

const TYPES = /^(application\/(x-ndjson|jsonl|json|gzip|octet-stream)|text\/plain)\s*(;.*)?$/i
const MAX_LINE_BYTES = 2 ** 20
const LINE_FEED = 10
const GZIP_MAGIC = [0x1f, 0x8b]
const UTF_8 = new TextDecoder('utf-8', { fatal: true })

/** Marks an operation that reads its body as it comes. */
export const waiveLimits: MiddlewareHandler<ApiEnv> = async (c, next) => {
  c.env.waiveTimeLimit()
  await next()
}

/**
 * The lines of a request's body, plain or gzip, read no faster than they are asked for. Refuses at once what is no text; and, when it
 * comes to it, a body over the limit, a line over 1 MiB, bytes that are not UTF-8, a body cut short; and any body once the process stops.
 */
export function readLines(c: Context<ApiEnv>): AsyncGenerator<Line> {
  if (!TYPES.test(c.req.header('Content-Type') ?? '')) {
    throw unsupported('Send JSON lines with Content-Type: application/x-ndjson.')
  }
  const encoding = c.req.header('Content-Encoding')?.trim().toLowerCase() ?? 'identity'
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) throw unsupported('Send it as it is or by gzip.')
  const { maxBytes, stopping } = c.env.uploads
  const sent = within(maxBytes, chunksOf(c.req.raw, stopping))
  return linesOf(within(maxBytes, unpacked(sent, encoding !== 'identity')))
}

async function* chunksOf({ body }: Request, stopping: AbortSignal): Chunks {
  if (body === null) return
  const stopped = Promise.withResolvers<never>()
  stopped.promise.catch(() => undefined)
  const stop = () => stopped.reject(new AppError('overloaded', 'STOPPING', 'This process is stopping.'))
  if (stopping.aborted) stop()
  stopping.addEventListener('abort', stop)
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = (await Promise.race([reader.read(), stopped.promise])) as Next
      if (value !== undefined) yield value
      if (done) return
    }
  } catch (error) {
    throw error instanceof AppError ? error : refusal('The connection ended before the body did.')
  } finally {
    stopping.removeEventListener('abort', stop)
  }
}

async function* within(maxBytes: number, chunks: Chunks): Chunks {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    if (size > maxBytes) {
      throw new AppError('too_large', 'BODY_TOO_LARGE', `The body may have at most ${maxBytes / 2 ** 20} MiB of text.`)
    }
    yield chunk
  }
}

/** Gzip is known by how it begins: files are often sent without a word about it. */
async function* unpacked(chunks: Chunks, mustBeGzip: boolean): Chunks {
  const source = chunks[Symbol.asyncIterator]()
  let start: Uint8Array = new Uint8Array()
  while (start.byteLength < GZIP_MAGIC.length) {
    const { value } = (await source.next()) as Next
    if (value === undefined) break
    start = start.byteLength === 0 ? value : Buffer.concat([start, value])
  }
  const all = startingWith(start, source)
  if (mustBeGzip || GZIP_MAGIC.every((byte, index) => start[index] === byte)) yield* gunzipped(all)
  else yield* all
}

async function* startingWith(start: Uint8Array, rest: AsyncIterator<Uint8Array>): Chunks {
  yield start
  yield* { [Symbol.asyncIterator]: () => rest }
}

async function* gunzipped(chunks: Chunks): Chunks {
  const gunzip = createGunzip()
  // Its end and its failure are those of `gunzip`.
  pipeline(Readable.from(chunks), gunzip, () => undefined)
  try {
    yield* gunzip as AsyncIterable<Buffer>
  } catch (error) {
    throw error instanceof AppError ? error : refusal('The body is not gzip, or is cut short.')
  }
}

async function* linesOf(chunks: Chunks): AsyncGenerator<Line> {
  let number = 0
  let rest: Uint8Array[] = []
  let restBytes = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      number++
      const line = end === start && restBytes === 0 ? null : lineOf(number, [...rest, chunk.subarray(start, end)])
      if (line !== null) yield line
      rest = []
      restBytes = 0
      start = end + 1
    }
    rest.push(chunk.subarray(start))
    restBytes += chunk.byteLength - start
    if (restBytes > MAX_LINE_BYTES) throw tooLong(number + 1)
  }
  const last = lineOf(number + 1, rest)
  if (last !== null) yield last
}

function lineOf(number: number, parts: readonly Uint8Array[]): Line | null {
  const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  if (bytes.byteLength > MAX_LINE_BYTES) throw tooLong(number)
  try {
    const text = UTF_8.decode(bytes)
    return text.trim() === '' ? null : { number, text, bytes: bytes.byteLength }
  } catch {
    throw refusal(`line ${number}: is not UTF-8.`)
  }
}

function tooLong(number: number): AppError {
  return refusal(`line ${number}: must have at most ${MAX_LINE_BYTES} bytes.`)
}

function refusal(message: string): AppError {
  return new AppError('invalid', 'INVALID_REQUEST', message)
}

function unsupported(message: string): AppError {
  return new AppError('unsupported_media_type', 'UNSUPPORTED_MEDIA_TYPE', message)
}
