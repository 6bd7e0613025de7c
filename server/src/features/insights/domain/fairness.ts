/**
 * The Gini coefficient of how much each person carries: 0 when all carry the same, towards 1 when one carries all.
 * Half the relative mean absolute difference, from the sorted values (Gini, 1912). 0 for nobody or no load.
 */
export function gini(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + value, 0)
  if (total === 0) return 0
  const sorted = values.toSorted((a, b) => a - b)
  const weighted = sorted.reduce((sum, value, index) => sum + (2 * (index + 1) - sorted.length - 1) * value, 0)
  return weighted / (sorted.length * total)
}

/** The share, 0 to 1, of the whole that the busiest fifth of the people carries; a fifth is rounded up. */
export function topFifthShare(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + value, 0)
  if (total === 0) return 0
  const busiest = values.toSorted((a, b) => b - a).slice(0, Math.ceil(values.length / 5))
  return busiest.reduce((sum, value) => sum + value, 0) / total
}
