import { LRUCache } from 'lru-cache'
import type { FullPullRequest } from './domain/pull-request.ts'

const MAX_PULL_REQUESTS = 20_000
/** The database remembers larger ones. */
const MAX_FILES = 40

/**
 * Open pull requests as this process has last seen them. Another process may have changed one since: whoever writes on
 * what stands here makes it a condition of the write.
 */
export class RecentPullRequests {
  readonly #pullRequests = new LRUCache<string, FullPullRequest>({ max: MAX_PULL_REQUESTS })

  get(pullRequestId: string): FullPullRequest | undefined {
    return this.#pullRequests.get(pullRequestId)
  }

  keep(pullRequest: FullPullRequest): void {
    if ((pullRequest.details?.files?.length ?? 0) > MAX_FILES) this.drop(pullRequest.pullRequestId)
    else this.#pullRequests.set(pullRequest.pullRequestId, pullRequest)
  }

  drop(pullRequestId: string): void {
    this.#pullRequests.delete(pullRequestId)
  }
}
