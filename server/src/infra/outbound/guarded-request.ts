import { lookup as resolveName } from 'node:dns'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** Why somebody outside could not be asked; the message is for people and holds nothing of the URL. */
export class OutboundProblem extends Error {
  override readonly name = 'OutboundProblem'
  /** Whether another try would come to the same. */
  readonly isFinal: boolean
  constructor(message: string, { isFinal = false, ...options }: ErrorOptions & { isFinal?: boolean } = {}) {
    super(message, options)
    this.isFinal = isFinal
  }
}

type GuardedRequest = {
  target: URL
  /** Whether addresses of this machine and its network are allowed. */
  allowPrivate: boolean
  headers: Readonly<Record<string, string>>
  /** Sent by POST; without one it is a GET. */
  body?: string
  deadline: AbortSignal
  /** Whether the connection may be one that was kept from an earlier request, and is kept after it. */
  isKept?: boolean
}

/** Longer than that somebody who is told again and again is not silent; many servers close what has been silent for five seconds. */
const KEEP_MS = 4000
const CLOSED = ['ECONNRESET', 'EPIPE']
/** Connections are kept apart by whether their address was checked. */
const keeping = { checked: keptAgents(), unchecked: keptAgents() }

function keptAgents(): { http: http.Agent; https: https.Agent } {
  const options = { keepAlive: true, timeout: KEEP_MS, maxFreeSockets: 4 }
  return { http: new http.Agent(options), https: new https.Agent(options) }
}

/**
 * The beginning of the answer at an http or https URL that a stranger named. The address is checked where the connection is made, so a
 * name that resolves differently the second time gains nothing. Throws `OutboundProblem`.
 */
export function answerOf(asked: GuardedRequest): Promise<IncomingMessage> {
  const { target, allowPrivate, headers, body, deadline, isKept = false } = asked
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1')
  // No name is looked up for an address.
  if (isIP(host) !== 0 && !allowPrivate && !isPublicAddress(host)) return Promise.reject(refusedAddress())
  const answer = Promise.withResolvers<IncomingMessage>()
  const kind = target.protocol === 'https:' ? 'https' : 'http'
  const request = (kind === 'https' ? https : http).request(target.href, {
    agent: isKept ? keeping[allowPrivate ? 'unchecked' : 'checked'][kind] : false,
    method: body === undefined ? 'GET' : 'POST',
    ...(allowPrivate ? {} : { lookup: lookupPublic }),
    headers: {
      'User-Agent': 'Tandem',
      ...headers,
      ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    },
  })
  request.on('response', answer.resolve)
  request.on('error', (error) => {
    // It was closed while it was idle, or just as this was sent.
    const wasClosed = request.reusedSocket && CLOSED.includes(String((error as NodeJS.ErrnoException).code))
    if (wasClosed && !deadline.aborted) answer.resolve(answerOf({ ...asked, isKept: false }))
    else answer.reject(problemOf(error))
  })
  const stop = () => {
    answer.reject(tooSlow())
    request.destroy(tooSlow())
  }
  if (deadline.aborted) stop()
  else deadline.addEventListener('abort', stop, { once: true })
  request.end(body)
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

export function problemOf(error: unknown): OutboundProblem {
  if (error instanceof OutboundProblem) return error
  const code = (error as { code?: unknown }).code
  const reason = typeof code === 'string' ? ` (${code})` : ''
  return new OutboundProblem(`it cannot be reached${reason}`, { cause: error })
}

function refusedAddress(): OutboundProblem {
  return new OutboundProblem('it is not on the open internet, and others are not read here', { isFinal: true })
}

export function tooSlow(): OutboundProblem {
  return new OutboundProblem('it does not answer in time')
}
