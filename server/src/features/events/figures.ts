import { figure, type Figure } from '../../infra/telemetry/figures.ts'
import type { Metrics } from '../../infra/telemetry/metrics.ts'
import type { Events } from './events.ts'
import { findRelayLag, findWebhookLag, type WebhookLag } from './queries/lags.ts'

/** How far those are behind who hand events on: the relays that are switched on, and webhooks. */
export function addEventMetrics(
  metrics: Metrics,
  { db, workspaceId, live }: Pick<Events, 'db' | 'workspaceId' | 'live'>,
  relays: readonly string[],
): void {
  metrics.gauge('tandem_event_streams', 'Live streams of events being served.', live.count)
  metrics.addFigures(async () => {
    const [lags, [webhooks]] = await Promise.all([
      Promise.all(relays.map((relay) => db.run(findRelayLag(workspaceId, relay)))),
      db.run(findWebhookLag(workspaceId)),
    ])
    const values = lags.flatMap(([lag], index) => ({ labels: { relay: relays[index]! }, value: lag!.lagS }))
    return [
      figure('gauge', 'tandem_event_relay_lag_seconds', 'Age of the oldest event not handed on.', values, 'max'),
      ...figuresOf(webhooks!),
    ]
  })
}

/** All processes see the same webhooks. */
function figuresOf({ lagS, sound, failing, disabled }: WebhookLag): Figure[] {
  const states = Object.entries({ sound, failing, disabled })
  const lag = [{ labels: {}, value: lagS }]
  return [
    figure('gauge', 'tandem_webhook_lag_seconds', 'Age of the oldest event a webhook was not told of.', lag, 'max'),
    figure(
      'gauge',
      'tandem_webhooks',
      'Webhooks, by whether they take events.',
      states.map(([state, value]) => ({ labels: { state }, value })),
      'max',
    ),
  ]
}
