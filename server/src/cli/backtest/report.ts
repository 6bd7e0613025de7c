import type { Report, ReportedMeasures } from '../../features/simulation/index.ts'
import { formatCount, formatTable } from '../terminal/table.ts'

export type FileReport = Report & { file: string }

const HEADER = [
  '',
  'hit@1 %',
  'hit@3 %',
  'hit@5 %',
  'MRR',
  'Gini',
  'top 20 % have',
  'wave',
  'highest',
  'at risk',
  'filled %',
  'ms each',
]

export function asTable({ file, changes, rules, reality }: FileReport): string {
  return `${file}: ${formatCount(changes)} changes\n\n${formatTable(HEADER, [reality, ...rules].map(rowOf))}`
}

function rowOf(measures: ReportedMeasures): string[] {
  return [
    measures.name,
    percent(measures.hitAt1),
    percent(measures.hitAt3),
    percent(measures.hitAt5),
    fixed(measures.mrr, 3),
    fixed(measures.gini, 3),
    percent(measures.topFifthShare),
    fixed(measures.waveIndex, 1),
    fixed(measures.highestWaveIndex, 1),
    difference(measures.filesAtRiskChange),
    percent(measures.fillRate),
    fixed(measures.msPerDecision, 2),
  ]
}

function percent(share: number | null): string {
  return share === null ? '' : (100 * share).toFixed(1)
}

function difference(share: number | null): string {
  return share === null ? '' : `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)} %`
}

function fixed(value: number | null, digits: number): string {
  return value === null ? '' : value.toFixed(digits)
}
