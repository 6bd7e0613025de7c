export type { Ranker } from './ranker.ts'
export { expertise, rivals } from './rankers/index.ts'
export { replayHistory, type Replayed } from './replay-history.ts'
export type { Measures } from './tally.ts'
