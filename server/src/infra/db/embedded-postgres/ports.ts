import { createServer } from 'node:net'

const LOWEST = 20_000
const COUNT = 10_000
const ATTEMPTS = 50

/**
 * Below the range that systems take for outgoing connections: a client that knocks while the server restarts could otherwise
 * be given the server's own port and keep it.
 */
export async function chooseFreePort(preferred: number | undefined): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
  throw new Error(`No free port was found between ${LOWEST} and ${LOWEST + COUNT}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const listener = createServer()
    listener.once('error', () => resolve(false))
    listener.listen(port, '127.0.0.1', () => listener.close(() => resolve(true)))
  })
}
