import { pino, type Logger } from 'pino'
import { PinoPretty } from 'pino-pretty'

export type { Logger }
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** JSON lines, or one readable line each with colours when a person looks on. */
export function createLogger(level: LogLevel, isPretty: boolean): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return isPretty
    ? pino(options, PinoPretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', singleLine: true }))
    : pino(options)
}
