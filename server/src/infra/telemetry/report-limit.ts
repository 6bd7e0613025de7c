const WINDOW_MS = 60_000
const MOST_IN_A_WINDOW = 20

export type ReportLimit = {
  /** How often it happened since it was last reported, this time included; null where it is not to be reported now. */
  take: (failure: string, nowMs: number) => number | null
}

/** Reports one failure once a minute, and at most twenty different ones: what fails fails often, and the reports cost money. */
export function createReportLimit(): ReportLimit {
  let windowStartMs = -Infinity
  let reported = new Set<string>()
  let unreported = new Map<string, number>()
  return {
    take(failure, nowMs) {
      if (nowMs - windowStartMs >= WINDOW_MS) {
        windowStartMs = nowMs
        // What did not come again meanwhile is forgotten a window later.
        unreported = new Map([...unreported].filter(([name]) => reported.has(name)))
        reported = new Set()
      }
      const times = (unreported.get(failure) ?? 0) + 1
      if (reported.has(failure) || reported.size >= MOST_IN_A_WINDOW) {
        if (reported.has(failure)) unreported.set(failure, times)
        return null
      }
      reported.add(failure)
      unreported.delete(failure)
      return times
    },
  }
}
