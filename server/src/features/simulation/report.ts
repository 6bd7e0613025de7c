import type { Replayed } from './replay-history.ts'
import type { Measures } from './tally.ts'

/** Null where there was nothing to measure. */
export type ReportedMeasures = Measures & {
  /** How many more or fewer files are at risk than there really were, as a part of those. */
  filesAtRiskChange: number | null
}

/** How rules did on one history, beside what really happened. */
export type Report = { changes: number; reality: ReportedMeasures; rules: ReportedMeasures[] }

/** Puts together what came out rule by rule, of one and the same history. */
export function reportOf(parts: readonly Replayed[]): Report {
  const { changes, reality } = parts[0]!
  const compared = (measures: Measures): ReportedMeasures => ({
    ...measures,
    filesAtRiskChange: changeOf(measures.filesAtRisk, reality.filesAtRisk),
  })
  return {
    changes,
    // It names whom it is compared with.
    reality: {
      ...compared(reality),
      hitAt1: null,
      hitAt3: null,
      hitAt5: null,
      mrr: null,
      fillRate: null,
      msPerDecision: null,
    },
    rules: parts.flatMap(({ measures }) => measures.map(compared)),
  }
}

function changeOf(value: number | null, reference: number | null): number | null {
  return value === null || reference === null || reference === 0 ? null : value / reference - 1
}
