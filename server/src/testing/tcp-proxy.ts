import { afterAll } from 'bun:test'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type TcpProxy = {
  port: number
  /** From now on everything takes this long, either way. */
  delay: (ms: number) => void
  /** The connections of now stay open, but nothing passes any more; later ones work. */
  goDead: () => void
  /** What the clients of now send is lost; later connections work. */
  loseRequests: () => void
}

type Pair = { client: Socket; upstream: Socket; losesRequests: boolean; losesAnswers: boolean }

/** Stands between a client and a server on this machine, and misbehaves as it is told; closed after the test file. */
export async function startTcpProxy(serverPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let delayMs = 0

  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1')
    const pair = { client, upstream, losesRequests: false, losesAnswers: false }
    pairs.add(pair)
    pass(client, upstream, () => pair.losesRequests)
    pass(upstream, client, () => pair.losesAnswers)
    client.on('close', () => pairs.delete(pair))
  })
  function pass(from: Socket, to: Socket, isLost: () => boolean): void {
    let last = Promise.resolve()
    from.setNoDelay(true)
    from.on('data', (chunk) => {
      const due = sleep(delayMs)
      last = last
        .then(() => due)
        .then(() => {
          if (!isLost() && to.writable) to.write(chunk)
        })
    })
    from.on('error', () => undefined)
    from.on('close', () => to.destroy())
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    for (const { client, upstream } of pairs) for (const socket of [client, upstream]) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as { port: number }).port,
    delay(ms) {
      delayMs = ms
    },
    goDead() {
      for (const pair of pairs) Object.assign(pair, { losesRequests: true, losesAnswers: true })
    },
    loseRequests() {
      for (const pair of pairs) pair.losesRequests = true
    },
  }
}
