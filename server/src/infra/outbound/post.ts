import type { IncomingMessage } from 'node:http'
import { answerOf, problemOf } from './guarded-request.ts'

export type PostOptions = {
  headers: Readonly<Record<string, string>>
  /** Whether addresses of this machine and its network are allowed. */
  allowPrivate: boolean
  timeoutMs: number
  signal: AbortSignal
}

export type PostAnswer = { status: number; retryAfter: string | null; text: string }

/** What is read of an answer at most. */
const MAX_ANSWER_BYTES = 16_384

/**
 * Sends a text by POST to a URL that a stranger named, and gives the status of the answer. The connection is kept for the next one, which costs
 * half as much then; where the other side closes it just then, the text is sent once more. Follows no redirect. Throws `OutboundProblem`.
 */
export function post(url: string, body: string, options: PostOptions): Promise<number> {
  return exchange(url, body, { ...options, isKept: true }, (response) => {
    pass(response)
    return response.statusCode ?? 0
  })
}

/** `post` that also gives the beginning of what was answered, and when to come again. */
export function postForAnswer(url: string, body: string, options: PostOptions): Promise<PostAnswer> {
  return exchange(url, body, options, async (response) => ({
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'] ?? null,
    text: await beginningOf(response),
  }))
}

async function exchange<Answer>(
  url: string,
  body: string,
  { headers, allowPrivate, timeoutMs, signal, isKept = false }: PostOptions & { isKept?: boolean },
  read: (response: IncomingMessage) => Answer | Promise<Answer>,
): Promise<Answer> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    return await read(await answerOf({ target: new URL(url), allowPrivate, headers, body, deadline, isKept }))
  } catch (error) {
    throw problemOf(error)
  }
}

/** Reads an answer that nobody wants, so that its connection is free again; gives up a long one. */
function pass(response: IncomingMessage): void {
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) response.destroy()
  })
  response.on('error', () => undefined)
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= MAX_ANSWER_BYTES) break
  }
  response.destroy()
  return Buffer.concat(chunks).toString('utf8').slice(0, MAX_ANSWER_BYTES)
}
