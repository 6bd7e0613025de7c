/**
 * What stands around a server in production: `outside.ts` takes traces, error reports, webhooks and notifications, and once it is told the
 * URL of a server it listens to its live events and to rooms and scrapes its metrics. It counts what comes and answers at once.
 */
export type OutsideUrls = { collector: string; dsn: string; hook: string; notify: string }
export type OutsideCounts = {
  traceRequests: number
  reports: number
  hooks: number
  notifications: number
  liveEvents: number
  scrapes: number
}
type Room = { userId: string; room: string }
export type ToOutside = { kind: 'watch'; url: string; rooms: readonly Room[] } | { kind: 'count' }

const SCRAPE_EVERY_MS = 5000

const counts: OutsideCounts = { traceRequests: 0, reports: 0, hooks: 0, notifications: 0, liveEvents: 0, scrapes: 0 }
const taken = new Map<string, Exclude<keyof OutsideCounts, 'liveEvents' | 'scrapes'>>([
  ['/v1/traces', 'traceRequests'],
  ['/api/1/envelope/', 'reports'],
  ['/hook', 'hooks'],
  ['/notify', 'notifications'],
])

function serve(): OutsideUrls {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const what = taken.get(new URL(request.url).pathname)
      if (what === undefined) return new Response(null, { status: 404 })
      await request.arrayBuffer()
      counts[what]++
      return new Response('{}', { headers: { 'Content-Type': 'application/json' } })
    },
  })
  const address = `127.0.0.1:${server.port}`
  const base = `http://${address}`
  return { collector: base, dsn: `http://key@${address}/1`, hook: `${base}/hook`, notify: `${base}/notify` }
}

function watch(url: string, rooms: readonly Room[]): void {
  const address = url.replace('http', 'ws')
  const socket = new WebSocket(`${address}/live`)
  socket.addEventListener('message', () => void counts.liveEvents++)
  for (const { userId, room } of rooms) {
    const client = new WebSocket(`${address}/chat?user_id=${userId}`)
    client.addEventListener('open', () => client.send(JSON.stringify({ type: 'join', room })))
  }
  setInterval(() => void scrape(url), SCRAPE_EVERY_MS)
}

async function scrape(url: string): Promise<void> {
  const response = await fetch(`${url}/metrics`).catch(() => null)
  if (response === null) return
  await response.arrayBuffer()
  counts.scrapes++
}

process.on('message', (message: ToOutside) => {
  if (message.kind === 'watch') watch(message.url, message.rooms)
  else process.send?.(counts)
})
process.on('disconnect', () => process.exit(0))
process.send?.(serve())
