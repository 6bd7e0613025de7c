import type { Ranker } from '../ranker.ts'
import { byScore } from './by-score.ts'

const DAY_MS = 86_400_000

type Contribution = { reviews: number; days: number; lastDay: number }
type FileHistory = Contribution & { by: Map<string, Contribution> }

/**
 * cHRev: for each file the reviewer's share of its reviews, their share of its days with reviews, and how recent their last one is;
 * M. B. Zanjani, H. Kagdi, C. Bird: Automatically Recommending Peer Reviewers in Modern Code Review, IEEE TSE 42(6), 2016.
 * Histories have no comments, so that a review counts as one. Where the files are new to everybody, whoever has reviewed most is named.
 */
export function chrev(): Ranker {
  const files = new Map<string, FileHistory>()
  const reviews = new Map<string, number>()
  return {
    name: 'chrev',
    rank(change, candidates) {
      const scores = new Map<string, number>()
      for (const path of change.files) {
        const file = files.get(path)
        if (file === undefined) continue
        for (const [id, { reviews: own, days, lastDay }] of file.by) {
          const score = own / file.reviews + days / file.days + 1 / (file.lastDay - lastDay + 1)
          scores.set(id, (scores.get(id) ?? 0) + score)
        }
      }
      return byScore(
        candidates,
        (id) => scores.get(id) ?? 0,
        (id) => reviews.get(id) ?? 0,
      )
    },
    learn({ files: paths, reviewerIds, landedMs }) {
      const day = Math.floor(landedMs / DAY_MS)
      for (const id of reviewerIds) reviews.set(id, (reviews.get(id) ?? 0) + 1)
      for (const path of paths) {
        const file = files.get(path) ?? { ...nothing(), by: new Map<string, Contribution>() }
        files.set(path, file)
        for (const id of reviewerIds) {
          const own = file.by.get(id) ?? nothing()
          file.by.set(id, own)
          for (const each of [own, file]) addReview(each, day)
        }
      }
    },
  }
}

function nothing(): Contribution {
  return { reviews: 0, days: 0, lastDay: -Infinity }
}

function addReview(contribution: Contribution, day: number): void {
  contribution.reviews++
  if (contribution.lastDay === day) return
  contribution.days++
  contribution.lastDay = day
}
