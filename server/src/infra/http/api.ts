import { createHash } from 'node:crypto'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Actor } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import type { Call } from '../db/commands.ts'
import { keptTraceparent } from '../telemetry/tracing.ts'
import { explainIssues } from './explain-issues.ts'
import { readBody } from './read-body.ts'
import { waiveLimits, type UploadLimits } from './uploads.ts'

export type ApiEnv = {
  Bindings: {
    actor: Actor
    requestId: string
    maxBodyBytes: number
    uploads: UploadLimits
    /** From now on this request may take as long as it likes. */
    waiveTimeLimit: () => void
  }
}
export type Api = OpenAPIHono<ApiEnv>

/** An API whose refused input is an `INVALID_REQUEST` that names the fields. */
export function createApi(): Api {
  return new OpenAPIHono<ApiEnv>({
    strict: true,
    defaultHook: (result) => {
      if (!result.success) throw new AppError('invalid', 'INVALID_REQUEST', explainIssues(result.error.issues))
    },
  })
}

export const ErrorSchema = z
  .object({ error: z.object({ code: z.string(), message: z.string() }) })
  .openapi('Error', { example: { error: { code: 'NOT_FOUND', message: 'No team is called "payments".' } } })

type Refusals = Readonly<Record<number, string>>

type Operation<Request, Success> = {
  path: string
  operationId: string
  tag: string
  summary: string
  description?: string
  request: Request
  success: { status: 200 | 201; schema: Success; description: string }
  /** By status, the codes this operation refuses with besides those every operation may. */
  refusals?: Refusals
}

type Question<Request, Success> = Operation<Request, Success> & {
  /** Answers come with an ETag, and from memory where they can: see docs/consistency.md. */
  isCached?: boolean
}

type HeaderParameter = { in: 'header'; name: string; description: string; schema: { type: 'string' } }

// Documented by hand: whatever these headers hold is either understood or means nothing, so no schema need look at them.
const conditions = [
  headerParameter('If-None-Match', 'The ETag of an answer you have: 304 when it still holds.'),
  headerParameter('Cache-Control', '`no-cache` asks the database, whatever is in memory.'),
]
// No example: the documentation page would send it with every request tried there.
const idempotencyKey = headerParameter(
  'Idempotency-Key',
  'The same key and body give the same answer, however often they come; 1 to 255 characters.',
)

function headerParameter(name: string, description: string): HeaderParameter {
  return { in: 'header', name, description, schema: { type: 'string' } }
}

const commonRefusals: Refusals = {
  400: 'INVALID_REQUEST: the message names the field.',
  503: 'OVERLOADED or DATABASE_UNAVAILABLE: try again after the seconds in Retry-After.',
}

/** `GET /<noun>/<verb>?query`: asks, changes nothing. */
export function question<Query extends z.ZodObject, Success extends z.ZodType>(operation: Question<Query, Success>) {
  const { isCached = false, request: query } = operation
  return createRoute({
    ...described(operation),
    method: 'get',
    ...(isCached ? { parameters: conditions } : {}),
    request: { query },
    responses: {
      ...responsesOf(operation, commonRefusals),
      ...(isCached ? { 304: { description: 'It is still what If-None-Match says.' } } : {}),
    },
  })
}

type Command<Body, Success> = Operation<Body, Success> & {
  /** It asks more than fits into a query string, and changes nothing: an Idempotency-Key means nothing to it. */
  isQuestion?: boolean
}

/** `POST /<noun>/<verb>` with a JSON body: commands. */
export function command<Body extends z.ZodType, Success extends z.ZodType>(operation: Command<Body, Success>) {
  const { isQuestion = false } = operation
  return createRoute({
    ...described(operation),
    method: 'post',
    middleware: readBody,
    ...(isQuestion ? {} : { parameters: [idempotencyKey] }),
    request: {
      body: { required: true, content: { 'application/json': { schema: operation.request } } },
    },
    responses: responsesOf(
      operation,
      isQuestion ? commonRefusals : { ...commonRefusals, 409: 'IDEMPOTENCY_KEY_REUSED' },
    ),
  })
}

type Upload<Query, Line, Success> = Operation<Query, Success> & {
  /** One line of the body. */
  line: Line
}

/**
 * `POST /<noun>/<verb>?query` whose body is JSON lines, read as they come: see `readLines`. The limits of a request's size and time do not
 * hold; those of `UploadLimits` do.
 */
export function upload<Query extends z.ZodObject, Line extends z.ZodType, Success extends z.ZodType>(
  operation: Upload<Query, Line, Success>,
) {
  const { request: query, line } = operation
  return createRoute({
    ...described(operation),
    method: 'post',
    middleware: waiveLimits,
    request: {
      query,
      // One type stands for all: this library would read a body itself whose type begins like that of JSON.
      body: { required: true, content: { 'application/x-ndjson': { schema: line } } },
    },
    responses: withProgress(
      responsesOf(operation, { ...commonRefusals, 413: 'BODY_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' }),
    ),
  })
}

function described(operation: Operation<unknown, unknown>) {
  const { path, operationId, tag, summary, description } = operation
  return { path, operationId, tags: [tag], summary, ...(description === undefined ? {} : { description }) }
}

function responsesOf<Success extends z.ZodType>(operation: Operation<unknown, Success>, common: Refusals) {
  const { status, schema, description } = operation.success
  const refusals = Object.entries({ ...common, ...joined(common, operation.refusals ?? {}) }).map(
    ([code, text]) => [code, { description: text, content: { 'application/json': { schema: ErrorSchema } } }] as const,
  )
  const success = { description, content: { 'application/json': { schema } } }
  return { [status]: success, ...Object.fromEntries(refusals) } as { 200: typeof success; 201: typeof success }
}

/** With `Accept: application/x-ndjson` the success comes as lines, which have no type: see `progressLines`. */
function withProgress({ 200: success, ...others }: ReturnType<typeof responsesOf>) {
  const content = { ...success.content, 'application/x-ndjson': { schema: z.string() } }
  return { ...others, 200: { ...success, content } } as { 200: { description: string } }
}

function joined(common: Refusals, own: Refusals): Refusals {
  return Object.fromEntries(
    Object.entries(own).map(([status, text]) => [status, [text, common[Number(status)]].filter(Boolean).join('; ')]),
  )
}

/** The call a command's request stands for: its actor, its validated input and its idempotency key. */
export function callOf<Input>(c: Context<ApiEnv>, input: Input): Call<Input> {
  const key = c.req.header('Idempotency-Key')
  return {
    actor: c.env.actor,
    input,
    once: key === undefined ? null : { key: checkKey(key), fingerprint: print(c, input) },
    traceparent: keptTraceparent(),
  }
}

function checkKey(key: string): string {
  if (key.length >= 1 && key.length <= 255) return key
  throw new AppError('invalid', 'INVALID_REQUEST', 'Idempotency-Key: must have 1 to 255 characters.')
}

function print(c: Context<ApiEnv>, input: unknown): string {
  return createHash('sha256')
    .update(`${c.req.path}\n${JSON.stringify(input)}`)
    .digest('base64url')
}
