/** Quarters of years in UTC, counted from the year 0, so that the next one is one more. */
export function quarterOf(atMs: number): number {
  const date = new Date(atMs)
  return date.getUTCFullYear() * 4 + Math.floor(date.getUTCMonth() / 3)
}

/** Such as `2020-Q1`. */
export function quarterName(quarter: number): string {
  return `${Math.floor(quarter / 4)}-Q${(quarter % 4) + 1}`
}
