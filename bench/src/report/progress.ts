const LINE_START = '\r\u001B[2K'
const REDRAW_MS = 500

export type Progress = {
  /** Shows `label` while the work is done; `seconds` is how long it will take, null where nobody knows. */
  step: <T>(label: string, seconds: number | null, work: () => Promise<T>) => Promise<T>
}

/** On a terminal one line that counts up and goes away; elsewhere a line for each step. All on stderr. */
export function createProgress(isTerminal: boolean, write: (text: string) => void): Progress {
  return {
    async step(label, seconds, work) {
      const about = seconds === null ? '' : ` (${Math.round(seconds)} s)`
      if (!isTerminal) {
        write(`· ${label}${about}\n`)
        return await work()
      }
      const startedMs = performance.now()
      const draw = () =>
        write(`${LINE_START}· ${label}${about} … ${Math.round((performance.now() - startedMs) / 1000)} s`)
      draw()
      const timer = setInterval(draw, REDRAW_MS)
      try {
        return await work()
      } finally {
        clearInterval(timer)
        write(LINE_START)
      }
    },
  }
}
