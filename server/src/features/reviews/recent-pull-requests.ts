import { LRUCache } from 'lru-cache'
import type { PullRequest } from './domain/pull-request.ts'

const MAX_PULL_REQUESTS = 20_000

/**
 * Open pull requests as this process has last seen them. Another process may have changed one since: whoever writes on
 * what stands here makes it a condition of the write.
 */
export class RecentPullRequests {
  readonly #pullRequests = new LRUCache<string, PullRequest>({ max: MAX_PULL_REQUESTS })

  get(pullRequestId: string): PullRequest | undefined {
    return this.#pullRequests.get(pullRequestId)
  }

  keep(pullRequest: PullRequest): void {
    this.#pullRequests.set(pullRequest.pullRequestId, pullRequest)
  }

  drop(pullRequestId: string): void {
    this.#pullRequests.delete(pullRequestId)
  }
}
