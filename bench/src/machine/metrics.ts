const HEAP = /^process_heap_used_bytes(?:\{[^}]*\})? ([\d.e+]+)$/gm

/** The heap in use by a page of `GET /metrics`, added up over processes; null when it has none. */
export function heapMibIn(page: string): number | null {
  const values = [...page.matchAll(HEAP)].map(([, value]) => Number(value))
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / 2 ** 20
}
