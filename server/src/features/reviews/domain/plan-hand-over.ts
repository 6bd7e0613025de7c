import { activeIdsOf, createRoster, type Roster, type RosterMember } from '../../../shared/roster.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import { seedFrom } from './seeded-random.ts'

export type OpenPullRequest = { pullRequestId: string; authorId: string; reviewerIds: readonly string[] }

/** Why a slot stays open. */
export type OpenSlotReason = 'NO_ACTIVE_TEAMMATE' | 'EVERY_TEAMMATE_EXCLUDED'

/** What happens to one review; `toId` is null where nobody can take it. */
export type HandOver = { fromId: string; toId: string | null; reason: OpenSlotReason | null; decision: Decision }

export type PullRequestMove = {
  pullRequestId: string
  before: readonly string[]
  after: readonly string[]
  handOvers: readonly HandOver[]
}

/** How many of the least loaded teammates each decision looks at: more than can ever be excluded at once. */
const LOOK_LIMIT = 8

/**
 * Plans where the open reviews of leaving members go: each to the teammate with the fewest, counting what the plan
 * already gave. `roster` is the team after they left. The same facts give the same plan.
 */
export function planHandOver(
  roster: Roster,
  openReviewsOf: (userId: string) => number,
  leavingIds: ReadonlySet<string>,
  pullRequests: readonly OpenPullRequest[],
): PullRequestMove[] {
  const ladder = new LoadLadder(activeIdsOf(roster), openReviewsOf)
  return pullRequests
    .filter(({ reviewerIds }) => reviewerIds.some((id) => leavingIds.has(id)))
    .map((pullRequest) => movePullRequest(roster, ladder, leavingIds, pullRequest))
}

function movePullRequest(
  roster: Roster,
  ladder: LoadLadder,
  leavingIds: ReadonlySet<string>,
  { pullRequestId, authorId, reviewerIds }: OpenPullRequest,
): PullRequestMove {
  let after = [...reviewerIds]
  const handOvers = reviewerIds
    .filter((reviewerId) => leavingIds.has(reviewerId))
    .map((fromId): HandOver => {
      const keptIds = after.filter((id) => id !== fromId)
      const seed = seedFrom(roster.teamName, roster.version, pullRequestId, fromId)
      const members = ladder.lowest(LOOK_LIMIT)
      const shortList = createRoster({ ...roster, policy: 'least-loaded', members })
      const openReviewsAt = (position: number) => ladder.loadOf(members[position]!.userId)
      const team = { roster: shortList, openReviewsAt, lastInRotation: null }
      const decision = decide(team, { kind: 'hand-over', authorId, wanted: 1, keptIds, replacedId: fromId }, seed)
      const toId = decision.assignedIds[0] ?? null
      if (toId !== null) ladder.raise(toId)
      after = toId === null ? keptIds : after.map((id) => (id === fromId ? toId : id))
      const reason = toId === null ? openSlotReason(roster) : null
      return { fromId, toId, reason, decision: { ...decision, rosterSize: roster.members.length } }
    })
  return { pullRequestId, before: reviewerIds, after, handOvers }
}

function openSlotReason(roster: Roster): OpenSlotReason {
  return roster.activePositions.length === 0 ? 'NO_ACTIVE_TEAMMATE' : 'EVERY_TEAMMATE_EXCLUDED'
}

/** People on rungs by their load, so that the lowest are found without sorting everybody for each review. */
class LoadLadder {
  readonly #loads = new Map<string, number>()
  readonly #rungs = new Map<number, Set<string>>()

  constructor(userIds: readonly string[], openReviewsOf: (userId: string) => number) {
    for (const userId of userIds) this.#put(userId, openReviewsOf(userId))
  }

  loadOf(userId: string): number {
    return this.#loads.get(userId) ?? 0
  }

  lowest(size: number): RosterMember[] {
    const members: RosterMember[] = []
    for (const load of [...this.#rungs.keys()].toSorted((a, b) => a - b)) {
      for (const userId of this.#rungs.get(load)!) {
        members.push({ userId, isActive: true })
        if (members.length === size) break
      }
      if (members.length === size) break
    }
    return members
  }

  raise(userId: string): void {
    const load = this.loadOf(userId)
    this.#rungs.get(load)?.delete(userId)
    if (this.#rungs.get(load)?.size === 0) this.#rungs.delete(load)
    this.#put(userId, load + 1)
  }

  #put(userId: string, load: number): void {
    this.#loads.set(userId, load)
    const rung = this.#rungs.get(load) ?? new Set()
    this.#rungs.set(load, rung.add(userId))
  }
}
