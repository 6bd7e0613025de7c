import { figure, type FigureValue } from '../../infra/telemetry/figures.ts'
import type { Metrics } from '../../infra/telemetry/metrics.ts'
import type { ChannelKind } from './domain/notification.ts'

/** `retried` ones were not taken this time and are sent again. */
export type Outcome = 'sent' | 'failed' | 'dropped' | 'retried'

/** What this process did with notifications, by channel. */
export class NotificationFigures {
  readonly #counts = new Map<ChannelKind, Map<Outcome, number>>()

  add(channel: ChannelKind, outcome: Outcome, count: number): void {
    if (count === 0) return
    const byOutcome = this.#counts.get(channel) ?? new Map<Outcome, number>()
    this.#counts.set(channel, byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + count))
  }

  values(): FigureValue[] {
    return [...this.#counts].flatMap(([channel, byOutcome]) =>
      [...byOutcome].map(([outcome, value]) => ({ value, labels: { channel, outcome } })),
    )
  }
}

export function addNotificationMetrics(metrics: Metrics, figures: NotificationFigures): void {
  const name = 'tandem_notifications_total'
  const help = 'Notifications sent, failed, dropped because they were out of date, and to be sent again.'
  metrics.add(() => figure('counter', name, help, figures.values()))
}
