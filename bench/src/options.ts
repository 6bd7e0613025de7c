import { parseArgs } from 'node:util'

export type Options = {
  scenarios: readonly string[]
  isQuick: boolean
  isSaved: boolean
  isJson: boolean
  isHelp: boolean
  /** Only writes docs/performance.md anew from the recorded runs. */
  isDocs: boolean
  compare: readonly [string, string] | null
  /** Requests a second of `open-loop`; by default parts of what the closed loop reached. */
  rate: number | null
  soakMinutes: number
  generators: number
  logLevel: string
}

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const SOAK_MINUTES = 10

/** Reads the command line. Throws a `UsageError` that says what to write instead. */
export function readOptions(argv: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parse(argv)
  const isCompare = values.compare === true
  if (isCompare && positionals.length !== 2) {
    throw new UsageError('--compare takes two recorded runs, e.g. --compare bench/results/A.json bench/results/B.json')
  }
  const names = isCompare ? [] : positionals
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new UsageError(`No scenario is called ${unknown.join(', ')}; there are ${known.join(', ')}.`)
  }
  return {
    scenarios: values.soak === undefined || names.includes('soak') ? names : [...names, 'soak'],
    isQuick: values.quick === true,
    isSaved: values.save === true,
    isJson: values.json === true,
    isHelp: values.help === true,
    isDocs: values.docs === true,
    compare: isCompare ? [positionals[0]!, positionals[1]!] : null,
    rate: values.rate === undefined ? null : positive('--rate', values.rate),
    soakMinutes: values.soak === undefined ? SOAK_MINUTES : positive('--soak', values.soak),
    generators: Math.ceil(positive('--generators', values.generators)),
    logLevel: values['log-level'],
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: withSoakValue(argv),
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        save: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        docs: { type: 'boolean' },
        compare: { type: 'boolean' },
        rate: { type: 'string' },
        soak: { type: 'string' },
        generators: { type: 'string', default: '2' },
        'log-level': { type: 'string', default: 'warn' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

/** `--soak` may stand without its minutes, which parseArgs does not know. */
function withSoakValue(argv: readonly string[]): string[] {
  const at = argv.indexOf('--soak')
  if (at < 0) return [...argv]
  const isGiven = /^\d/.test(argv[at + 1] ?? '')
  const minutes = isGiven ? argv[at + 1]! : String(SOAK_MINUTES)
  return [...argv.slice(0, at), `--soak=${minutes}`, ...argv.slice(at + (isGiven ? 2 : 1))]
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new UsageError(`${option} takes a number above 0, not ${JSON.stringify(text)}.`)
}
