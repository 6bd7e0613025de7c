import { pino, type DestinationStream, type Logger } from 'pino'
import { PinoPretty } from 'pino-pretty'

export type { Logger }
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** JSON lines, or one readable line each with colours when a person looks on; each is written before the call returns. */
export function createLogger(level: LogLevel, isPretty: boolean, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  }
  // Written in the background, the last lines of a process, often the most telling ones, would be lost when it ends.
  const sync = true
  const output = isPretty
    ? PinoPretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', singleLine: true, sync })
    : pino.destination({ dest: 1, sync })
  return pino(options, destination ?? output)
}

/** What a reader needs of an error; drivers hang whole connections with their secrets on theirs. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, detail, constraint } = error as { code?: unknown; detail?: unknown; constraint?: unknown }
  const { name, message, stack, cause } = error
  return {
    name,
    message,
    code,
    detail,
    constraint,
    stack,
    cause: cause === undefined ? undefined : describeError(cause),
  }
}
