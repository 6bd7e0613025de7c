/** One connection; `ready` resolves when it may be used. Whoever opened it is told once it breaks. */
export type Connection = { ready: Promise<void>; end: () => void }

export type KeptConnection<T extends Connection> = {
  /** The connection that may be used now. */
  current: () => T | null
  /** Gives the present connection, or the present attempt, up for broken. */
  giveUp: (error: Error) => void
  close: () => void
}

type Options<T extends Connection> = {
  open: (onBroken: (error: Error) => void) => T
  onUp: () => void
  onDown: (error: Error) => void
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000
const READY_WITHIN_MS = 5000

/** Connects at once, and again after every break and every failed attempt with growing pauses, until closed. */
export function keepConnected<T extends Connection>({ open, onUp, onDown }: Options<T>): KeptConnection<T> {
  let current: T | null = null
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let present: { fail: (error: Error) => void; end: () => void } = connect()

  function connect() {
    let isOver = false
    let upAt = Number.POSITIVE_INFINITY
    const connection = open(fail)
    timer = setTimeout(() => fail(new Error(`Not connected within ${READY_WITHIN_MS} ms`)), READY_WITHIN_MS)
    connection.ready.then(begin, fail)

    function begin(): void {
      if (isOver) return
      clearTimeout(timer)
      current = connection
      upAt = performance.now()
      onUp()
    }
    function end(): void {
      isOver = true
      clearTimeout(timer)
      current = null
      connection.end()
    }
    function fail(error: Error): void {
      if (isOver) return
      end()
      // One that breaks soon after it was made must not be made anew without a pause.
      failures = performance.now() - upAt > LONGEST_PAUSE_MS ? 1 : failures + 1
      timer = setTimeout(() => (present = connect()), pauseMs(failures))
      onDown(error)
    }
    return { fail, end }
  }

  return {
    current: () => current,
    giveUp: (error) => present.fail(error),
    close: () => present.end(),
  }
}

function pauseMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)
}
