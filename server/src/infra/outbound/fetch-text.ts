import { lookup as resolveName } from 'node:dns'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'

export type FetchOptions = {
  /** Whether addresses of this machine and its network are allowed. */
  allowPrivate: boolean
  /** For all of it, redirects and body included. */
  timeoutMs: number
  maxBytes: number
  signal: AbortSignal
}

/** Why a text could not be had; the message is for people and holds nothing of the URL. */
export class OutboundProblem extends Error {
  override readonly name = 'OutboundProblem'
}

const MAX_REDIRECTS = 5
const REDIRECTS = [301, 302, 303, 307, 308]

/**
 * The text at an http or https URL that a stranger named. The address is checked where the connection is made, so a name
 * that resolves differently the second time gains nothing. Throws `OutboundProblem`.
 */
export async function fetchText(url: string, options: FetchOptions): Promise<string> {
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)])
  let target = new URL(url)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await answerOf(target, options, deadline)
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

function answerOf(target: URL, { allowPrivate }: FetchOptions, deadline: AbortSignal): Promise<IncomingMessage> {
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1')
  // No name is looked up for an address.
  if (isIP(host) !== 0 && !allowPrivate && !isPublicAddress(host)) return Promise.reject(refusedAddress())
  const answer = Promise.withResolvers<IncomingMessage>()
  const request = (target.protocol === 'https:' ? https : http).request(target.href, {
    agent: false,
    ...(allowPrivate ? {} : { lookup: lookupPublic }),
    headers: { Accept: 'text/calendar, text/plain, */*;q=0.1', 'User-Agent': 'Tandem' },
  })
  request.on('response', answer.resolve)
  request.on('error', (error) => answer.reject(problemOf(error)))
  const stop = () => {
    answer.reject(tooSlow())
    request.destroy(tooSlow())
  }
  if (deadline.aborted) stop()
  else deadline.addEventListener('abort', stop, { once: true })
  request.end()
  return answer.promise
}

const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0)
    const [first] = addresses
    const isPublic = addresses.every(({ address }) => isPublicAddress(address))
    if (first === undefined || !isPublic) return callback(refusedAddress(), '', 0)
    if (options.all === true) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
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

function problemOf(error: unknown): OutboundProblem {
  if (error instanceof OutboundProblem) return error
  const code = (error as { code?: unknown }).code
  const reason = typeof code === 'string' ? ` (${code})` : ''
  return new OutboundProblem(`it cannot be reached${reason}`, { cause: error })
}

function refusedAddress(): OutboundProblem {
  return new OutboundProblem('it is not on the open internet, and others are not read here')
}

function tooSlow(): OutboundProblem {
  return new OutboundProblem('it does not answer in time')
}
