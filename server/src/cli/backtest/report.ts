import type { Measures, Replayed } from '../../features/simulation/index.ts'
import { formatCount, formatSeconds, formatTable } from '../terminal/table.ts'

export type FileReport = Replayed & { file: string; seconds: number }

const HEADER = ['', 'hit@1 %', 'hit@3 %', 'hit@5 %', 'MRR', 'Gini', 'top 20 % have', 'ms a decision']

export function asTable({ file, changes, measures, reality, seconds }: FileReport): string {
  const known = { ...reality, hitAt1: null, hitAt3: null, hitAt5: null, mrr: null, msPerDecision: null }
  const rows = [known, ...measures].map(rowOf)
  return `${file}: ${formatCount(changes)} changes, ${formatSeconds(seconds)}\n\n${formatTable(HEADER, rows)}`
}

function rowOf({ name, hitAt1, hitAt3, hitAt5, mrr, gini, topFifthShare, msPerDecision }: Measures): string[] {
  return [
    name,
    percent(hitAt1),
    percent(hitAt3),
    percent(hitAt5),
    fixed(mrr, 3),
    fixed(gini, 3),
    percent(topFifthShare),
    fixed(msPerDecision, 2),
  ]
}

function percent(share: number | null): string {
  return share === null ? '' : (100 * share).toFixed(1)
}

function fixed(value: number | null, digits: number): string {
  return value === null ? '' : value.toFixed(digits)
}
