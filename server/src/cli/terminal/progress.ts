import type { ProgressOutput } from './command.ts'

export type Progress = {
  show: (done: number, total: number) => void
  end: () => void
}

const REDRAW_INTERVAL_MS = 100
const BAR_WIDTH = 30
const CLEAR_TO_END_OF_LINE = '\u001B[K'

/** One line that fills up on a terminal; elsewhere a line for every tenth. */
export function startProgress(label: string, output: ProgressOutput): Progress {
  return output.isTTY ? bar(label, output) : lines(label, output)
}

/** Shows the progress of `work`, which calls `advance` for each of its `total` steps. */
export async function withProgress<T>(
  { label, total, output }: { label: string; total: number; output: ProgressOutput },
  work: (advance: () => void) => Promise<T>,
): Promise<T> {
  const progress = startProgress(label, output)
  let done = 0
  try {
    return await work(() => progress.show(++done, total))
  } finally {
    progress.end()
  }
}

/** To a millisecond. */
export function secondsSince(startedMs: number): number {
  return Math.round(performance.now() - startedMs) / 1000
}

function bar(label: string, output: ProgressOutput): Progress {
  let drawnMs = -REDRAW_INTERVAL_MS
  let line = ''
  const draw = () => output.write(`\r${line}${CLEAR_TO_END_OF_LINE}`)
  return {
    show(done, total) {
      const filled = Math.floor(BAR_WIDTH * shareOf(done, total))
      line = `${label} ${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${percent(done, total)} % ${done}/${total}`
      const nowMs = performance.now()
      if (nowMs - drawnMs < REDRAW_INTERVAL_MS) return
      drawnMs = nowMs
      draw()
    },
    end() {
      if (line === '') return
      draw()
      output.write('\n')
    },
  }
}

function lines(label: string, output: ProgressOutput): Progress {
  let tenths = 0
  return {
    show(done, total) {
      const reached = Math.floor(10 * shareOf(done, total))
      if (reached === tenths) return
      tenths = reached
      output.write(`${label}: ${percent(done, total)} % (${done} of ${total})\n`)
    },
    end: () => undefined,
  }
}

function percent(done: number, total: number): number {
  return Math.floor(100 * shareOf(done, total))
}

function shareOf(done: number, total: number): number {
  return total === 0 ? 1 : done / total
}
