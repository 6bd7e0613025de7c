import type { Metrics, OperationMetrics } from '../telemetry/metrics.ts'
import type { Api } from './api.ts'

/** `/metrics` for Prometheus; with several workers, whichever is asked answers for all. */
export function addMetrics(api: Api, metrics: Metrics): void {
  api.get('/metrics', async (c) =>
    c.body(await metrics.scrape(), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
  )
}

/** Whether a method and path are an operation's; complete once all routes are there. */
export function isOperationOf(api: Api, metrics: Metrics): (method: string, path: string) => boolean {
  const operations = operationsOf(api, metrics)
  return (method, path) => operations.get(method)?.has(path) ?? false
}

/** What is counted for each operation, by method and then path; complete once all routes are there. */
export function operationsOf(api: Api, metrics: Metrics): ReadonlyMap<string, ReadonlyMap<string, OperationMetrics>> {
  const operations = new Map<string, Map<string, OperationMetrics>>()
  for (const definition of api.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue
    const { method, path, operationId } = definition.route
    if (operationId === undefined) continue
    const ofMethod = operations.get(method.toUpperCase()) ?? new Map<string, OperationMetrics>()
    operations.set(method.toUpperCase(), ofMethod.set(path, metrics.operation(operationId)))
  }
  return operations
}
