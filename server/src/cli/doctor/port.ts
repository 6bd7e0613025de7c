import { listen } from '../../infra/http/listen.ts'
import { StartupError } from '../../shared/errors.ts'
import { topic, type Finding } from './finding.ts'

const port = topic('port')

const ANSWER_WITHIN_MS = 3000
const ANY = new Set(['0.0.0.0', '::', '*'])

/** Whether the port is free for Tandem, or Tandem answers there, or something else has it. */
export async function examinePort(hostname: string, number: number): Promise<Finding[]> {
  if (number === 0) return [port.ok('a free one will be taken')]
  const where = `${hostname}:${number}`
  const answer = await ask(`http://${urlHost(hostname)}:${number}`)
  if (answer !== null) {
    if (answer.isReady) return [port.ok(`Tandem answers at ${where}`)]
    if (!answer.isTandem) return [taken(where)]
    const next = 'Its log says why; what stands here about the database does, too.'
    return [port.wrong(`Tandem answers at ${where}, but is not ready.`, next)]
  }
  try {
    await listen(() => new Response(), { hostname, port: number, idleTimeoutS: 1 }).stop(0)
    return [port.ok(`${where} is free`)]
  } catch (error) {
    if (!(error instanceof StartupError)) throw error
    return [
      error.message.includes('listens there')
        ? taken(where)
        : port.wrong(error.message, 'Correct LISTEN_HOST or PORT.'),
    ]
  }
}

function taken(where: string): Finding {
  return port.wrong(`something else listens at ${where}.`, 'Stop it, or choose another PORT.')
}

/** Null where nothing speaks HTTP. */
async function ask(url: string): Promise<{ isTandem: boolean; isReady: boolean } | null> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const response = await fetch(`${url}/readyz`, { signal, redirect: 'manual' })
    const body = (await response.json().catch(() => ({}))) as { status?: string; error?: { code?: string } }
    const isReady = response.ok && body.status === 'ready'
    return { isReady, isTandem: isReady || (response.headers.has('X-Request-Id') && body.error?.code !== undefined) }
  } catch {
    return null
  }
}

function urlHost(hostname: string): string {
  if (ANY.has(hostname)) return '127.0.0.1'
  return hostname.includes(':') ? `[${hostname}]` : hostname
}
