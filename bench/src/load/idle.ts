import { getRequest, openConnection, type Connection } from './connection.ts'

/** A process that holds `COUNT` keep-alive connections to 127.0.0.1:PORT, each of which was answered once; says how many. */
async function hold([port = '', count = '']: readonly string[]): Promise<void> {
  const held: Connection[] = []
  const numbers = Array.from({ length: Number(count) }, (_, index) => index).values()
  const request = getRequest('/healthz')
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (const _ of numbers) {
        const connection = await answered(Number(port), request)
        if (connection !== null) held.push(connection)
      }
    }),
  )
  process.send?.(held.length)
}

async function answered(port: number, request: Uint8Array): Promise<Connection | null> {
  const reply = Promise.withResolvers<boolean>()
  try {
    const connection = await openConnection(
      { hostname: '127.0.0.1', port },
      { onReply: ({ status }) => reply.resolve(status === 200), onLost: () => reply.resolve(false) },
    )
    connection.send(request, false)
    return (await reply.promise) ? connection : null
  } catch {
    return null
  }
}

process.on('disconnect', () => process.exit(0))
await hold(process.argv.slice(2))
