import { createHash } from 'node:crypto'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Actor } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import type { Call } from '../db/commands.ts'
import { explainIssues } from './explain-issues.ts'
import { readBody } from './read-body.ts'

export type ApiEnv = { Variables: { actor: Actor; requestId: string; maxBodyBytes: number } }
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

const commonRefusals: Refusals = {
  400: 'INVALID_REQUEST: the message names the field.',
  503: 'OVERLOADED or DATABASE_UNAVAILABLE: try again after the seconds in Retry-After.',
}

/** `GET /<noun>/<verb>?query`: asks, changes nothing. */
export function question<Query extends z.ZodObject, Success extends z.ZodType>(operation: Operation<Query, Success>) {
  return createRoute({
    ...described(operation),
    method: 'get',
    request: { query: operation.request },
    responses: responsesOf(operation, commonRefusals),
  })
}

/** `POST /<noun>/<verb>` with a JSON body: commands. */
export function command<Body extends z.ZodType, Success extends z.ZodType>(operation: Operation<Body, Success>) {
  return createRoute({
    ...described(operation),
    method: 'post',
    middleware: readBody,
    request: {
      headers: z.object({
        'idempotency-key': z.string().optional().openapi({
          // No example: the documentation page would send it with every request tried there.
          description: 'The same key and body give the same answer, however often they come; 1 to 255 characters.',
        }),
      }),
      body: { required: true, content: { 'application/json': { schema: operation.request } } },
    },
    responses: responsesOf(operation, { ...commonRefusals, 409: 'IDEMPOTENCY_KEY_REUSED' }),
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

function joined(common: Refusals, own: Refusals): Refusals {
  return Object.fromEntries(
    Object.entries(own).map(([status, text]) => [status, [text, common[Number(status)]].filter(Boolean).join('; ')]),
  )
}

/** The call a command's request stands for: its actor, its validated input and its idempotency key. */
export function callOf<Input>(c: Context<ApiEnv>, input: Input): Call<Input> {
  const key = c.req.header('Idempotency-Key')
  return {
    actor: c.var.actor,
    input,
    once: key === undefined ? null : { key: checkKey(key), fingerprint: print(c, input) },
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
