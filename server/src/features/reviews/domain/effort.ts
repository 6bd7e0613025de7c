const USUAL_LINES = 100
const LEAST = 0.5
const MOST = 5

/**
 * How much reviewing a change takes, 1 being usual: the root of its added and deleted lines over 100, from half to five times as much. Unknown
 * lines are usual. The span is that of review times at Google, under an hour for small changes and about five for very large ones
 * (C. Sadowski and others: Modern Code Review, ICSE-SEIP 2018).
 */
export function effortOf(lines: number | null): number {
  return lines === null ? 1 : Math.min(MOST, Math.max(LEAST, Math.sqrt(lines / USUAL_LINES)))
}
