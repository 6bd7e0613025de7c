import type { Connections } from '../db/database.ts'
import type { Metrics } from './metrics.ts'

export function addPoolMetrics(metrics: Metrics, connections: () => Connections): void {
  metrics.gauge('tandem_db_connections', 'Connections to the database.', () => connections().size)
  metrics.gauge('tandem_db_connections_idle', 'Connections that nobody uses.', () => connections().idle)
  metrics.gauge('tandem_db_waiting', 'Pieces of work that wait for a connection.', () => connections().waiting)
}
