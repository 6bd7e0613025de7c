import { hashText } from '../../../shared/hash.ts'
import { draw } from '../../reviews/index.ts'
import type { Ranker } from '../ranker.ts'
import { byScore } from './by-score.ts'

const YEAR_MS = 365 * 86_400_000

/**
 * triagebot, which the Rust project uses: anybody at random among those responsible for the paths of the change
 * (https://forge.rust-lang.org/triagebot/pr-assignment.html). Its table of owners is not in a history; who has reviewed in one of the
 * top folders of the change in the last year stands for it, and everybody where nobody has.
 */
export function triagebot(seed: number): Ranker {
  const lastReviewMs = new Map<string, Map<string, number>>()
  return {
    name: 'triagebot',
    rank({ id, files, openedMs }, candidates) {
      const folders = foldersOf(files).map((folder) => lastReviewMs.get(folder))
      const isOwner = (candidate: string) =>
        folders.some((reviews) => (reviews?.get(candidate) ?? -Infinity) >= openedMs - YEAR_MS)
      return byScore(
        candidates,
        (candidate) => Number(isOwner(candidate)),
        (candidate) => draw(seed, hashText(`${id}\n${candidate}`)),
      )
    },
    learn({ files, reviewerIds, landedMs }) {
      for (const folder of foldersOf(files)) {
        const reviews = lastReviewMs.get(folder) ?? new Map<string, number>()
        lastReviewMs.set(folder, reviews)
        for (const reviewer of reviewerIds) reviews.set(reviewer, landedMs)
      }
    },
  }
}

function foldersOf(files: readonly string[]): string[] {
  return [...new Set(files.map((path) => path.slice(0, Math.max(0, path.indexOf('/')))))]
}
