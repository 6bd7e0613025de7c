import type { BareServer } from './bare-server.ts'
import { startChild } from './child.ts'
import type { Target } from './connection.ts'

export type Bare = { target: Target; pid: number; bytesPerAnswer: number; end: () => void }

/** A process that answers without thinking; what it answers is said in `bare-server.ts`. */
export async function startBare(mode: 'bytes' | 'one' | 'same', argument: string): Promise<Bare> {
  const child = startChild<BareServer>('bare-server.ts', [mode, argument])
  try {
    const { port, bytesPerAnswer } = await child.next()
    return { target: { hostname: '127.0.0.1', port }, pid: child.pid, bytesPerAnswer, end: child.end }
  } catch (error) {
    child.end()
    throw error
  }
}
