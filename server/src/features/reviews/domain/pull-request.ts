export type PullRequestStatus = 'OPEN' | 'MERGED'

export type PullRequest = {
  pullRequestId: string
  pullRequestName: string
  authorId: string
  teamName: string
  status: PullRequestStatus
  reviewerIds: readonly string[]
  createdAt: string
  mergedAt: string | null
}
