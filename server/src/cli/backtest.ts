import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  defaultLoadWeights,
  MAX_LOAD_WEIGHT,
  rivalNames,
  rulesOf,
  toReportJson,
  type Rule,
} from '../features/simulation/index.ts'
import { asFront } from './backtest/front.ts'
import { asTable, type FileReport } from './backtest/report.ts'
import { prepare, replayAll, type Prepared } from './backtest/spread.ts'
import { readHistory } from './history/read.ts'
import { startCommand, UsageError, type Command, type ProgressOutput } from './terminal/command.ts'
import { wholeNumberOption } from './terminal/options.ts'
import { startProgress } from './terminal/progress.ts'

const MAX_JOBS = 256

export const backtest: Command = {
  usage: `Replays review histories and measures how well each rule would have named the people who really reviewed, and how evenly
it would have spread the reviews. Only the past is seen: each change is asked about when it was written and learned when it landed.

Usage: npm run backtest -- FILE... [options]

  FILE                 JSON lines, plain or gzip: {pr, at, authored, author, reviewers[], files[]}, renames and deleted if known
  --load-weight N,...  weights of the load in Tandem's rule (default: ${defaultLoadWeights.join(',')})
  --rule NAME,...      only these rules beside Tandem's: ${rivalNames.join(', ')}; none for none
  --jobs N             rules replayed at the same time (default: one for each core)
  --svg PATH           a picture of accuracy against concentration
  --json               the result as JSON, by quarter too
  --help               this text`,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        'load-weight': { type: 'string' },
        rule: { type: 'string' },
        jobs: { type: 'string', default: String(Math.min(availableParallelism(), MAX_JOBS)) },
        svg: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    if (positionals.length === 0) throw new UsageError('Name at least one file to replay.')
    const rules = readRules(values['load-weight'], values.rule)
    const jobs = wholeNumberOption('jobs', values.jobs, 1, MAX_JOBS)
    // npm runs scripts in the folder of package.json and says here from where it was called.
    const pathOf = (file: string) => resolve(terminal.environment['INIT_CWD'] ?? '', file)
    const histories: Prepared[] = []
    for (const file of positionals) histories.push(prepare(file, (await readHistory(pathOf(file), Infinity)).changes))
    const reports = await replayWithProgress(histories, rules, jobs, terminal.progress)
    if (values.svg !== undefined) await Bun.write(pathOf(values.svg), asFront(reports))
    terminal.print(values.json ? JSON.stringify(reports.map(asJson), null, 2) : reports.map(asTable).join('\n\n'))
    return 0
  },
}

async function replayWithProgress(
  histories: readonly Prepared[],
  rules: readonly Rule[],
  jobs: number,
  output: ProgressOutput,
): Promise<FileReport[]> {
  const total = histories.reduce((sum, { changes }) => sum + changes, 0) * rules.length
  const progress = startProgress(`Replaying ${histories.map(({ file }) => file).join(', ')}`, output)
  try {
    const reports = await replayAll(histories, rules, jobs, (seen) => progress.show(seen, total))
    return reports.map((report, index) => ({ file: histories[index]!.file, ...report }))
  } finally {
    progress.end()
  }
}

function asJson({ file, ...report }: FileReport): object {
  return { file, ...toReportJson(report) }
}

function readRules(weights: string | undefined, names: string | undefined): Rule[] {
  const loadWeights = weights === undefined ? defaultLoadWeights : weights.split(',').map(readWeight)
  const named = names === undefined ? rivalNames : names.split(',').filter((name) => name !== 'none')
  const unknown = named.find((name) => !rivalNames.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`There is no rule ${JSON.stringify(unknown)}, but ${rivalNames.join(', ')}.`)
  }
  return rulesOf(loadWeights, named)
}

function readWeight(text: string): number {
  const weight = Number(text)
  if (text.trim() !== '' && weight >= 0 && weight <= MAX_LOAD_WEIGHT) return weight
  throw new UsageError(`--load-weight must be numbers from 0 to ${MAX_LOAD_WEIGHT}, but has ${JSON.stringify(text)}.`)
}

if (import.meta.main) await startCommand(backtest)
