import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { expertise, replayHistory, rivals, type Ranker } from '../features/simulation/index.ts'
import { asFront } from './backtest/front.ts'
import { asTable, type FileReport } from './backtest/report.ts'
import { readHistory } from './history/read.ts'
import { startCommand, UsageError, type Command } from './terminal/command.ts'
import { secondsSince, withProgress } from './terminal/progress.ts'

/** The last is the one at which Tandem names people at least as well as cHRev, and spreads reviews at least as evenly. */
const LOAD_WEIGHTS = [0, 0.5, 1]

export const backtest: Command = {
  usage: `Replays review histories and measures how well each rule would have named the people who really reviewed, and how evenly
it would have spread the reviews. Only the past is seen: each change is asked about when it was written and learned when it landed.

Usage: npm run backtest -- FILE... [options]

  FILE                 JSON lines, plain or gzip: {pr, at, authored, author, reviewers[], files[]}, renames and deleted if known
  --load-weight N,...  weights of the load in Tandem's rule (default: ${LOAD_WEIGHTS.join(',')})
  --rule NAME,...      only these rules beside Tandem's: ${Object.keys(rivals).join(', ')}; none for none
  --svg PATH           a picture of accuracy against concentration
  --json               the result as JSON
  --help               this text`,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        'load-weight': { type: 'string' },
        rule: { type: 'string' },
        svg: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    if (positionals.length === 0) throw new UsageError('Name at least one file to replay.')
    const rules = rulesOf(values['load-weight'], values.rule)
    // npm runs scripts in the folder of package.json and says here from where it was called.
    const pathOf = (file: string) => resolve(terminal.environment['INIT_CWD'] ?? '', file)
    const reports: FileReport[] = []
    for (const file of positionals) {
      const { changes } = await readHistory(pathOf(file), Infinity)
      const startedMs = performance.now()
      const steps = { label: `Replaying ${file}`, total: changes.length, output: terminal.progress }
      const replayed = await withProgress(steps, async (advance) =>
        replayHistory(
          changes,
          rules.map((make) => make()),
          advance,
        ),
      )
      reports.push({ file, ...replayed, seconds: secondsSince(startedMs) })
    }
    if (values.svg !== undefined) await Bun.write(pathOf(values.svg), asFront(reports))
    terminal.print(values.json ? JSON.stringify(reports, null, 2) : reports.map(asTable).join('\n\n'))
    return 0
  },
}

function rulesOf(weights: string | undefined, names: string | undefined): (() => Ranker)[] {
  const loadWeights = weights === undefined ? LOAD_WEIGHTS : weights.split(',').map(readWeight)
  const named = names === undefined ? Object.keys(rivals) : names.split(',').filter((name) => name !== 'none')
  const others = named.map((name) => {
    const make = Object.hasOwn(rivals, name) ? rivals[name] : undefined
    if (make === undefined) {
      throw new UsageError(`There is no rule ${JSON.stringify(name)}, but ${Object.keys(rivals).join(', ')}.`)
    }
    return make
  })
  return [...loadWeights.map((weight) => () => expertise(weight)), ...others]
}

function readWeight(text: string): number {
  const weight = Number(text)
  if (text.trim() !== '' && weight >= 0 && weight <= 100) return weight
  throw new UsageError(`--load-weight must be numbers from 0 to 100, but has ${JSON.stringify(text)}.`)
}

if (import.meta.main) await startCommand(backtest)
