import type { IncomingMessage } from 'node:http'
import { answerOf, OutboundProblem, problemOf, tooSlow } from './guarded-request.ts'

export type FetchOptions = {
  /** Whether addresses of this machine and its network are allowed. */
  allowPrivate: boolean
  /** For all of it, redirects and body included. */
  timeoutMs: number
  maxBytes: number
  signal: AbortSignal
}

const MAX_REDIRECTS = 5
const ACCEPT = { Accept: 'text/calendar, text/plain, */*;q=0.1' }
const REDIRECTS = [301, 302, 303, 307, 308]

/**
 * The text at an http or https URL that a stranger named. See `answerOf` for what it guards
 * against. Throws `OutboundProblem`.
 */
export async function fetchText(url: string, options: FetchOptions): Promise<string> {
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)])
  let target = new URL(url)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await answerOf({ target, allowPrivate: options.allowPrivate, headers: ACCEPT, deadline })
    const { statusCode = 0, headers } = response
    if (!REDIRECTS.includes(statusCode)) return await textOf(response, options, deadline)
    response.destroy()
    target = redirected(target, headers.location)
  }
  throw new OutboundProblem('it redirects too often')
}

function redirected(from: URL, location: string | undefined): URL {
  const to = location === undefined ? null : URL.parse(location, from.href)
  if (to === null) throw new OutboundProblem('it redirects to nowhere')
  const isAllowed = to.protocol === from.protocol || (from.protocol === 'http:' && to.protocol === 'https:')
  if (!isAllowed) throw new OutboundProblem('it redirects to another kind of address')
  return to
}

async function textOf(response: IncomingMessage, options: FetchOptions, deadline: AbortSignal): Promise<string> {
  try {
    const { statusCode = 0 } = response
    if (statusCode !== 200) throw new OutboundProblem(`it answers with status ${statusCode}`)
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > options.maxBytes) throw new OutboundProblem(`it is larger than ${options.maxBytes} bytes`)
    }
    if (deadline.aborted) throw tooSlow()
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    throw deadline.aborted ? tooSlow() : problemOf(error)
  } finally {
    response.destroy()
  }
}
