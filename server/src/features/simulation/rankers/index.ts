import type { Ranker } from '../ranker.ts'
import { authorAffinity } from './author-affinity.ts'
import { chrev } from './chrev.ts'
import { expertise } from './expertise.ts'
import { githubLoadBalance } from './github-load-balance.ts'
import { prowRifle } from './prow-rifle.ts'
import { random } from './random.ts'
import { revfinder } from './revfinder.ts'
import { roundRobin } from './round-robin.ts'
import { sofiaWl } from './sofiawl.ts'
import { triagebot } from './triagebot.ts'

const SEED = 1

/** Rules that others use, by the names their makers or papers give them; each call makes one that knows nothing yet. */
export const rivals: Readonly<Record<string, () => Ranker>> = {
  random: () => random(SEED),
  'round-robin': roundRobin,
  'github-load-balance': githubLoadBalance,
  triagebot: () => triagebot(SEED),
  'prow-rifle': prowRifle,
  'author-affinity': authorAffinity,
  chrev,
  revfinder,
  sofiawl: sofiaWl,
}

export { expertise }
