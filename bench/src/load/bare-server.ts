import { numbersFrom, referencePopulation, reviewsPath, teamPath } from './reference.ts'

/**
 * What a service can be measured against: `bare-server.ts bytes COUNT` answers so many bytes on plain sockets whatever comes,
 * `bare-server.ts one URL` is the runtime's HTTP server with the body of one team of the server at URL, and
 * `bare-server.ts same URL` the same with the body of every read of the reference, as they are now.
 */
export type BareServer = { port: number; bytesPerAnswer: number }

const HEADERS = { 'Content-Type': 'application/json' }

async function start([mode, argument = '']: readonly string[]): Promise<BareServer> {
  if (mode === 'bytes') return serveBytes(Number(argument))
  const url = argument
  if (mode === 'one') {
    const body = await bodyOf(url, teamPath(0))
    return serveHttp(() => new Response(body, { headers: HEADERS }), body.length)
  }
  const { ofTeams, ofUsers } = await sample(url)
  const bodies = new Map([...ofTeams, ...ofUsers])
  return serveHttp(
    (request) => new Response(bodies.get(pathOf(request.url)), { headers: HEADERS }),
    (meanLength(ofTeams) + meanLength(ofUsers)) / 2,
  )
}

type Bodies = [path: string, body: string][]

async function sample(url: string): Promise<{ ofTeams: Bodies; ofUsers: Bodies }> {
  const { teams, usersPerTeam } = referencePopulation
  const ofTeams: Bodies = []
  const ofUsers: Bodies = []
  for (const team of numbersFrom(0, teams)) {
    const path = teamPath(team)
    ofTeams.push([path, await bodyOf(url, path)])
    const paths = numbersFrom(0, usersPerTeam).map((user) => reviewsPath(team, user))
    ofUsers.push(...(await Promise.all(paths.map(async (one): Promise<Bodies[0]> => [one, await bodyOf(url, one)]))))
  }
  return { ofTeams, ofUsers }
}

async function bodyOf(url: string, path: string): Promise<string> {
  const response = await fetch(`${url}${path}`)
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return await response.text()
}

function meanLength(bodies: Bodies): number {
  return bodies.reduce((sum, [, body]) => sum + body.length, 0) / bodies.length
}

/** What follows the host. */
function pathOf(url: string): string {
  return url.slice(url.indexOf('/', 'http://'.length))
}

function serveHttp(fetch: (request: Request) => Response, bytesPerAnswer: number): BareServer {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch })
  return { port: server.port ?? 0, bytesPerAnswer }
}

function serveBytes(count: number): BareServer {
  const reply = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${count}\r\n\r\n${'x'.repeat(count)}`)
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { data: (socket) => void socket.write(reply) },
  })
  return { port: server.port, bytesPerAnswer: count }
}

process.on('disconnect', () => process.exit(0))
process.send?.(await start(process.argv.slice(2)))
