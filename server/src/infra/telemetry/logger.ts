import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import { PinoPretty } from 'pino-pretty'
import { actorLabel, type Actor } from '../../shared/actor.ts'

export type { Logger }
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export type LogExtras = {
  /** What every line carries beside what it was given. */
  fields?: (() => object) | undefined
  /** Hears of every line from `warn` up that is about an error. */
  onFailure?: ((failure: LoggedFailure) => void) | undefined
}

/** An error that was logged: `message` is what failed. */
export type LoggedFailure = { error: Error; level: 'warn' | 'error'; message: string; requestId: string | null }

const WARN = 40
const ERROR = 50

/** JSON lines, or one readable line each with colours when a person looks on. */
export function createLogger(
  level: LogLevel,
  isPretty: boolean,
  destination?: DestinationStream,
  { fields, onFailure }: LogExtras = {},
): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    ...(fields === undefined ? {} : { mixin: fields }),
    ...(onFailure === undefined ? {} : { hooks: { logMethod: telling(onFailure) } }),
  }
  return pino(options, destination ?? (isPretty ? prettyOutput() : standardOutput()))
}

function prettyOutput(): DestinationStream {
  return PinoPretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', singleLine: true, sync: true })
}

/**
 * Lines of one turn of the event loop are written together: a system call for each would take longer than answering most requests. The
 * last lines of a process, often the most telling ones, are written before it exits, and lost only where it is killed within that turn.
 */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true })
  let lines = ''
  function flush(): void {
    if (lines !== '') output.write(lines)
    lines = ''
  }
  process.on('exit', flush)
  return {
    write(line) {
      if (lines === '') setImmediate(flush)
      lines += line
    },
  }
}

/** Who asked, as every line about it says. */
export function actorFields(actor: Actor): { actor: string; user_id?: string } {
  return { actor: actorLabel(actor), ...(actor.kind === 'user' ? { user_id: actor.userId } : {}) }
}

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>

function telling(onFailure: NonNullable<LogExtras['onFailure']>): LogMethod {
  return function hear(args, method, level) {
    method.apply(this, args)
    const [about, message] = args as unknown as [unknown, string?]
    if (level < WARN || typeof about !== 'object' || about === null) return
    const { err: error, request_id: requestId } = about as { err?: unknown; request_id?: string }
    if (!(error instanceof Error)) return
    onFailure({ error, level: level < ERROR ? 'warn' : 'error', message: message ?? '', requestId: requestId ?? null })
  }
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
