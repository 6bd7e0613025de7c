import type { WorkingHours } from '../../../shared/roster.ts'
import { afterWorkingTime, usualHours } from '../../people/index.ts'
import type { DueWait } from '../queries/waits.ts'

/** What is to be done about a review nobody has answered; `later` looks again at a moment. */
export type Verdict =
  | { kind: 'over' }
  | { kind: 'nudge' | 'propose'; hours: number; nextMs: number | null }
  | { kind: 'later'; nextMs: number }

const HOUR_MS = 3_600_000

/**
 * First a reminder, then the proposal of a replacement, each once. Hours count while the reviewer works and is not away; between the two
 * there are always as many working hours as the team says, however late the first was.
 */
export function judgeWait(wait: DueWait, nowMs: number): Verdict {
  const { nudgeHours, proposeHours, nudgedMs, sinceMs } = wait
  if (!wait.isWaiting || (nudgeHours === null && proposeHours === null)) return { kind: 'over' }
  // Hours and absences change, and people come back.
  const again = nowMs + HOUR_MS
  if (!wait.isActive) return { kind: 'later', nextMs: again }
  const after = (fromMs: number, hours: number) => dueAfter(wait, fromMs, hours) ?? Infinity
  const later = (dueMs: number): Verdict => ({ kind: 'later', nextMs: Math.min(dueMs, again) })
  if (nudgeHours !== null && nudgedMs === null) {
    const dueMs = after(sinceMs, nudgeHours)
    if (dueMs > nowMs) return later(dueMs)
    return { kind: 'nudge', hours: nudgeHours, nextMs: proposeHours === null ? null : again }
  }
  if (proposeHours === null) return { kind: 'over' }
  const sinceNudge = nudgedMs === null ? sinceMs : after(nudgedMs, proposeHours - (nudgeHours ?? 0))
  const dueMs = Math.max(after(sinceMs, proposeHours), sinceNudge)
  return dueMs > nowMs ? later(dueMs) : { kind: 'propose', hours: proposeHours, nextMs: null }
}

function dueAfter({ workingHours, timeZone, absences }: DueWait, fromMs: number, hours: number): number | null {
  const usual: WorkingHours = usualHours(timeZone ?? 'UTC')
  const away = absences.map(([startsMs, endsMs]) => ({ startsMs, endsMs }))
  return afterWorkingTime(fromMs, hours * HOUR_MS, { hours: workingHours ?? usual, absences: away })
}
