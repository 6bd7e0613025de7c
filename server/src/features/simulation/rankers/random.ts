import { hashText } from '../../../shared/hash.ts'
import { draw } from '../../reviews/index.ts'
import type { Ranker } from '../ranker.ts'
import { byScore } from './by-score.ts'

/** Anybody, each as likely as the others; the same draw for the same seed and change. */
export function random(seed: number): Ranker {
  return {
    name: 'random',
    rank: ({ id }, candidates) => byScore(candidates, (candidate) => draw(seed, hashText(`${id}\n${candidate}`))),
    learn: () => undefined,
  }
}
