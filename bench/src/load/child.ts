import { join } from 'node:path'

/** A process of our own with a channel for messages. */
export type Child<Incoming> = {
  pid: number
  send: (message: unknown) => void
  /** The next message; throws when the process ends before it. */
  next: () => Promise<Incoming>
  end: () => void
}

/** Runs a file of this folder, with as many open files allowed as `openFiles` says, where that can be had. */
export function startChild<Incoming>(file: string, args: readonly string[] = [], openFiles = 0): Child<Incoming> {
  const received: Incoming[] = []
  let waiting: PromiseWithResolvers<Incoming> | null = null
  const child = Bun.spawn(withOpenFiles([process.execPath, join(import.meta.dir, file), ...args], openFiles), {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc(message: Incoming) {
      if (waiting === null) received.push(message)
      else waiting.resolve(message)
      waiting = null
    },
    onExit(_, exitCode, signal) {
      waiting?.reject(new Error(`${file} ended by itself (${signal ?? exitCode})`))
    },
  })
  return {
    pid: child.pid,
    send: (message) => child.send(message),
    async next() {
      const message = received.shift()
      if (message !== undefined) return message
      if (child.exitCode !== null) throw new Error(`${file} has ended (${child.exitCode})`)
      waiting = Promise.withResolvers<Incoming>()
      return await waiting.promise
    },
    end: () => child.kill('SIGKILL'),
  }
}

/** The command, run with a higher limit of open files. */
export function withOpenFiles(command: readonly string[], openFiles: number): string[] {
  if (openFiles === 0) return [...command]
  return ['sh', '-c', `ulimit -n ${openFiles} 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$@"`, 'sh', ...command]
}
