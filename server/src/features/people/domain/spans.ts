/** From one moment up to, not including, another. */
export type Span = { startsMs: number; endsMs: number }

/** The same time in as few spans as can be, in order; empty ones are left out. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.startsMs - b.startsMs)) {
    if (!(span.endsMs > span.startsMs)) continue
    const last = merged.at(-1)
    if (last === undefined || last.endsMs < span.startsMs) merged.push({ ...span })
    else last.endsMs = Math.max(last.endsMs, span.endsMs)
  }
  return merged
}

/** At most so many of merged spans: those not over at `nowMs` first, the nearest before the farther. */
export function nearestSpans(merged: readonly Span[], nowMs: number, limit: number): Span[] {
  if (merged.length <= limit) return [...merged]
  const over = merged.findIndex(({ endsMs }) => endsMs > nowMs)
  const start = Math.min(over === -1 ? merged.length : over, merged.length - limit)
  return merged.slice(start, start + limit)
}

/** What must go and what must come so that `before` becomes `after`. */
export function changeOfSpans<Known extends Span>(
  before: readonly Known[],
  after: readonly Span[],
): { gone: Known[]; come: Span[] } {
  const [had, has] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))]
  return {
    gone: before.filter((span) => !has.has(keyOf(span))),
    come: after.filter((span) => !had.has(keyOf(span))),
  }
}

function keyOf({ startsMs, endsMs }: Span): string {
  return `${startsMs} ${endsMs}`
}
