import type { Figure } from '../telemetry/figures.ts'

export type FromWorker =
  | { kind: 'ready'; url: string }
  | { kind: 'figures'; figures: Figure[] }
  /** It was asked for the metrics of all workers. */
  | { kind: 'scraped' }

export type ToWorker =
  | { kind: 'report' }
  /** The answer to `scraped`. */
  | { kind: 'metrics'; text: string }
