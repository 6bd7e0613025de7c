/** What pgbench says at its end; throws when it says something else, or that transactions failed. */
export function readPgbench(output: string): { perSecond: number; transactions: number; meanMs: number } {
  const perSecond = /^tps = ([\d.]+)/m.exec(output)?.[1]
  const transactions = /^number of transactions actually processed: (\d+)/m.exec(output)?.[1]
  const meanMs = /^latency average = ([\d.]+) ms/m.exec(output)?.[1]
  const failed = Number(/^number of failed transactions: (\d+)/m.exec(output)?.[1] ?? 0)
  if (perSecond === undefined || transactions === undefined || meanMs === undefined || failed > 0) {
    throw new Error(`pgbench did not end well:\n${output}`)
  }
  return { perSecond: Number(perSecond), transactions: Number(transactions), meanMs: Number(meanMs) }
}
