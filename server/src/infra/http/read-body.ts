import type { MiddlewareHandler } from 'hono'
import { AppError } from '../../shared/errors.ts'
import type { ApiEnv } from './api.ts'

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;.*)?$/i

/** Reads the body of a command, within the limit, for the validator that comes next. */
export const readBody: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const text = await readJsonText(c.req.raw, c.env.maxBodyBytes)
  // Hono declares what the cache resolves to, but keeps promises in it.
  c.req.bodyCache.text = Promise.resolve(text) as unknown as string
  // The validator knows fewer spellings of the type, and would take an unknown one for no body at all.
  if (c.req.header('Content-Type') !== 'application/json') c.req.raw.headers.set('Content-Type', 'application/json')
  await next()
}

/** The text of a JSON request body. Refuses other content types, bodies over `maxBytes` and bytes that are not UTF-8. */
async function readJsonText(request: Request, maxBytes: number): Promise<string> {
  if (!JSON_TYPE.test(request.headers.get('Content-Type') ?? '')) {
    throw new AppError(
      'unsupported_media_type',
      'UNSUPPORTED_MEDIA_TYPE',
      'Send JSON with Content-Type: application/json.',
    )
  }
  if (Number(request.headers.get('Content-Length')) > maxBytes) throw tooLarge(maxBytes)
  const bytes = await readBytes(request, maxBytes).catch((error: unknown) => {
    throw isCutOff(error)
      ? new AppError('invalid', 'INVALID_REQUEST', 'The connection ended before the body did.')
      : error
  })
  try {
    return UTF_8.decode(bytes)
  } catch {
    throw new AppError('invalid', 'INVALID_REQUEST', 'The body is not UTF-8.')
  }
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (request.headers.has('Content-Length')) return new Uint8Array(await request.arrayBuffer())
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', 'BODY_TOO_LARGE', `The body may have at most ${maxBytes} bytes.`)
}
