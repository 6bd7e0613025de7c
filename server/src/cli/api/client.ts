import { CommandError, UsageError } from '../terminal/command.ts'

/** What a call answered, or the code of a refusal the caller said it expects. */
export type Answer<Body> = { refusal: null; body: Body } | { refusal: string }

export type ApiClient = {
  url: string
  get: <Body>(path: string, query?: Readonly<Record<string, string>>) => Promise<Body>
  post: <Body>(path: string, body: object, expectedRefusals?: readonly string[]) => Promise<Answer<Body>>
  /** Requests sent so far, repeated ones too. */
  requestCount: () => number
}

const DEFAULT_URL = 'http://127.0.0.1:8080'
const MAX_REFUSED_ATTEMPTS = 30
const MAX_BROKEN_ATTEMPTS = 3
const WAIT_AFTER_BREAK_MS = 200
const MAX_WAIT_S = 60
const ANSWER_TIMEOUT_MS = 120_000

export const urlHelp = `--url URL            where Tandem runs (or TANDEM_URL; default ${DEFAULT_URL})`

/** A client of a server that was seen to be ready. */
export async function connect(
  url: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ApiClient> {
  const client = createApiClient(checkUrl(url ?? (environment['TANDEM_URL'] || DEFAULT_URL)))
  const { status } = await client.get<{ status?: unknown }>('/readyz')
  if (status !== 'ready') throw new CommandError(`What answers at ${client.url} is not Tandem.`)
  return client
}

/** Repeats what was refused with 503 after the seconds in Retry-After, and what a broken connection lost. */
function createApiClient(url: string): ApiClient {
  let requestCount = 0
  let hasAnswered = false

  async function send(path: string, init: RequestInit): Promise<Response> {
    let broken = 0
    for (let attempt = 1; ; attempt++) {
      requestCount++
      const response = await attemptFetch(`${url}${path}`, init)
      if (response === null) {
        broken++
        if (!hasAnswered || broken === MAX_BROKEN_ATTEMPTS) throw new CommandError(noAnswer(url, hasAnswered))
        await Bun.sleep(WAIT_AFTER_BREAK_MS)
        continue
      }
      hasAnswered = true
      if (response.status !== 503 || attempt >= MAX_REFUSED_ATTEMPTS) return response
      await response.arrayBuffer()
      await Bun.sleep(waitMsOf(response))
    }
  }

  return {
    url,
    async get<Body>(path: string, query: Readonly<Record<string, string>> = {}) {
      const search = new URLSearchParams(query).toString()
      const response = await send(search === '' ? path : `${path}?${search}`, {})
      const body = await bodyOf(response)
      if (!response.ok) throw new CommandError(explainRefusal(`GET ${path}`, response, body))
      return body as Body
    },
    async post<Body>(path: string, body: object, expectedRefusals: readonly string[] = []): Promise<Answer<Body>> {
      const response = await send(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
      const answer = await bodyOf(response)
      if (response.ok) return { refusal: null, body: answer as Body }
      const code = errorOf(answer)?.code
      if (code !== undefined && expectedRefusals.includes(code)) return { refusal: code }
      throw new CommandError(explainRefusal(`POST ${path}`, response, answer))
    },
    requestCount: () => requestCount,
  }
}

/** Null where no answer came. */
async function attemptFetch(url: string, init: RequestInit): Promise<Response | null> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
  } catch {
    return null
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandError(`What answers at ${response.url} is not Tandem: it answers ${response.status} without JSON.`)
  }
}

function waitMsOf(response: Response): number {
  const seconds = Number(response.headers.get('Retry-After') ?? '')
  return 1000 * (seconds > 0 ? Math.min(seconds, MAX_WAIT_S) : 1)
}

function errorOf(body: unknown): { code: string; message: string } | undefined {
  return (body as { error?: { code: string; message: string } } | null)?.error
}

function explainRefusal(call: string, response: Response, body: unknown): string {
  const error = errorOf(body)
  return error === undefined
    ? `What answers at ${response.url} is not Tandem: it answers ${response.status}.`
    : `${call} answered ${response.status} ${error.code}: ${error.message}`
}

function noAnswer(url: string, hasAnswered: boolean): string {
  return hasAnswered
    ? `Tandem at ${url} stopped answering. Run the same command again: what is done already is left as it is.`
    : `Nothing answers at ${url}. Start Tandem first, in another terminal:\n\n  npm start\n\nIf it runs elsewhere, say where with --url.`
}

function checkUrl(text: string): string {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '')
  throw new UsageError(`--url must be like ${DEFAULT_URL}, but is ${JSON.stringify(text)}`)
}
