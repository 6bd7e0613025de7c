import type { Context } from 'hono'
import type { Answer, AnswerCache, Ask } from '../cache/answer-cache.ts'
import type { ApiEnv } from './api.ts'

const NO_CACHE = /(^|[\s,])no-(cache|store)($|[\s,=])/i

/** Answers from memory or else by `ask`: with an ETag, 304 to who has the same already, and from the database to who insists. */
export async function cachedAnswer(c: Context<ApiEnv>, answers: AnswerCache, key: string, ask: Ask): Promise<Response> {
  const insists = NO_CACHE.test(c.req.header('Cache-Control') ?? '')
  const answer = await (insists ? answers.refresh(key, ask) : answers.load(key, ask))
  return respond(answer, c.req.header('If-None-Match') ?? null, c.env.requestId)
}

/** Whoever keeps the answer asks again each time whether it still holds. */
export function respond({ body, etag }: Answer, ifNoneMatch: string | null, requestId: string): Response {
  if (ifNoneMatch !== null && matches(ifNoneMatch, etag)) {
    return new Response(null, {
      status: 304,
      headers: { ETag: etag, 'Cache-Control': 'no-cache', 'X-Request-Id': requestId },
    })
  }
  return new Response(body, {
    headers: { 'Content-Type': 'application/json', ETag: etag, 'Cache-Control': 'no-cache', 'X-Request-Id': requestId },
  })
}

/** RFC 9110, 13.1.2: any of a list of tags, weak or not, or `*`. */
function matches(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
