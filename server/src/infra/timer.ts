export type Timer = { stop: () => Promise<void> }

/** Does the work every `intervalMs`, never twice at once, and never at all with 0; `stop` waits for work under way. */
export function every(intervalMs: number, work: () => Promise<void>, onError: (error: unknown) => void): Timer {
  let running: Promise<void> | null = null
  if (intervalMs === 0) return { stop: () => Promise.resolve() }
  const timer = setInterval(() => {
    running ??= work()
      .catch(onError)
      .finally(() => {
        running = null
      })
  }, intervalMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
