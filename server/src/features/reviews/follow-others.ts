import { HISTORY } from '../history/index.ts'
import { REVIEWS_OF, PULL_REQUEST, subjectOf } from './answers.ts'
import type { Deciding } from './reviews.ts'

/** Lets what this process remembers fall behind where another process has changed it. */
export function followOthers({ answers, rosters, openReviews, recent, expertise }: Deciding): void {
  answers.onChangedElsewhere((keys) => {
    if (keys === null) {
      openReviews.allFallBehind()
      expertise.heard(null)
      return
    }
    if (keys.includes(HISTORY)) expertise.heardImport()
    for (const key of keys) {
      const reviewerId = subjectOf(key, REVIEWS_OF)
      const teamName = reviewerId === null ? undefined : rosters.teamOf(reviewerId)
      if (teamName !== undefined) openReviews.fallBehind(teamName)
      const pullRequestId = subjectOf(key, PULL_REQUEST)
      if (pullRequestId !== null) {
        recent.drop(pullRequestId)
        expertise.heard([pullRequestId])
      }
    }
  })
}
