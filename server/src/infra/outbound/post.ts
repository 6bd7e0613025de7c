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
  const { deadline, lift } = deadlineOf(timeoutMs, signal)
  try {
    const response = await answerOf({ target: new URL(url), allowPrivate, headers, body, deadline, isKept })
    response.once('end', lift)
    response.once('close', lift)
    return await read(response)
  } catch (error) {
    lift()
    throw problemOf(error)
  }
}

/** Until it is lifted. `AbortSignal.any` and `.timeout` would each be kept until their time is over, which for thousands a second is much. */
function deadlineOf(timeoutMs: number, signal: AbortSignal): { deadline: AbortSignal; lift: () => void } {
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, timeoutMs)
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  return {
    deadline: over.signal,
    lift() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
    },
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
