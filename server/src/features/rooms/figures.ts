import type { Metrics } from '../../infra/telemetry/metrics.ts'
import type { RoomFigures } from './rooms.ts'

export function addRoomMetrics(metrics: Metrics, figures: RoomFigures): void {
  metrics.gauge('tandem_chat_clients', 'Clients of rooms that are connected.', () => figures.clients)
  metrics.counter('tandem_chat_messages_total', 'Messages written in rooms.', () => figures.sent)
  metrics.counter(
    'tandem_chat_deliveries_total',
    'Messages given to clients, each counted once for each client.',
    () => figures.delivered,
  )
}
