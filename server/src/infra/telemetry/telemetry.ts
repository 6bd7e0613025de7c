import type { LoggedFailure } from './logger.ts'
import type { Tracing } from './tracing.ts'

/** What leaves the process about its work; what is not switched on is not there, and its code is not loaded. */
export type Telemetry = {
  tracing: Tracing | undefined
  report: ((failure: LoggedFailure) => void) | undefined
  /** Sends what has not been sent, within `timeoutMs`. */
  close: (timeoutMs: number) => Promise<void>
}

export type TelemetrySettings = {
  version: string
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  OTEL_EXPORTER_OTLP_HEADERS?: Readonly<Record<string, string>> | undefined
  OTEL_TRACES_SAMPLER_ARG: number
  OTEL_SERVICE_NAME: string
  SENTRY_DSN?: string | undefined
  SENTRY_ENVIRONMENT: string
}

export async function openTelemetry(
  settings: TelemetrySettings,
  onTracesLost: (error: Error) => void,
): Promise<Telemetry> {
  const [tracing, reports] = await Promise.all([tracingOf(settings, onTracesLost), reportsOf(settings)])
  return {
    tracing,
    report: reports?.report,
    async close(timeoutMs) {
      const sent = Promise.allSettled([tracing?.close(), reports?.close(timeoutMs)])
      await Promise.race([sent, Bun.sleep(timeoutMs)])
    },
  }
}

async function tracingOf(settings: TelemetrySettings, onFailure: (error: Error) => void): Promise<Tracing | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers = {} } = settings
  if (endpoint === undefined) return undefined
  const { openTracing } = await import('./otlp.ts')
  const { OTEL_SERVICE_NAME: serviceName, OTEL_TRACES_SAMPLER_ARG: ratio, version: serviceVersion } = settings
  return openTracing({ endpoint, headers, serviceName, serviceVersion, ratio, onFailure })
}

async function reportsOf({ SENTRY_DSN: dsn, SENTRY_ENVIRONMENT: environment, version }: TelemetrySettings) {
  if (dsn === undefined) return undefined
  const { openErrorReports } = await import('./error-reports.ts')
  return openErrorReports({ dsn, environment, release: `tandem@${version}` })
}
