import { defaultSettings } from '../../shared/roster.ts'
import type { Ranker } from './ranker.ts'
import { expertise, rivals } from './rankers/index.ts'

/** What can be replayed: Tandem's own rule with a weight of the load, or the rule of others that has this name. */
export type Rule = { rival: null; loadWeight: number } | { rival: string }

/** None, half of the default, and the default, at which Tandem names people better than cHRev and spreads reviews more evenly. */
export const defaultLoadWeights: readonly number[] = [0, defaultSettings.loadWeight / 2, defaultSettings.loadWeight]
export const MAX_LOAD_WEIGHT = 100

export const rivalNames: readonly string[] = Object.keys(rivals)

/** Tandem's first, each once. */
export function rulesOf(loadWeights: readonly number[], names: readonly string[]): Rule[] {
  return [
    ...[...new Set(loadWeights)].map((loadWeight) => ({ rival: null, loadWeight })),
    ...[...new Set(names)].map((rival) => ({ rival })),
  ]
}

/** One that knows nothing yet. */
export function rankerOf(rule: Rule): Ranker {
  return rule.rival === null ? expertise(rule.loadWeight) : rivals[rule.rival]!()
}

/** The one that takes by far the longest goes first where several are replayed at once. */
export function isSlow({ rival }: Rule): boolean {
  return rival === 'revfinder'
}
