import { activeIdsOf, createRoster, positionOf, type Roster, type RosterMember } from '../../../shared/roster.ts'
import type { Circumstances } from './circumstances.ts'
import { decide } from './decide.ts'
import { exclusionByCircumstance, exclusionOf, type Decision } from './decision.ts'
import { seedFrom } from './seeded-random.ts'

export type OpenPullRequest = { pullRequestId: string; authorId: string; reviewerIds: readonly string[] }

/** Why a slot stays open. */
export type OpenSlotReason = 'NO_ACTIVE_TEAMMATE' | 'EVERY_TEAMMATE_EXCLUDED'

/** Who of the team after they left cannot be asked for a pull request, or only after others, beside those who really stay on it. */
export type CircumstancesFor = (pullRequest: OpenPullRequest, keptIds: readonly string[]) => Circumstances | null

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
  circumstancesFor: CircumstancesFor = () => null,
): PullRequestMove[] {
  const ladder = new LoadLadder(activeIdsOf(roster), openReviewsOf)
  return pullRequests
    .filter(({ reviewerIds }) => reviewerIds.some((id) => leavingIds.has(id)))
    .map((pullRequest) => movePullRequest(roster, ladder, leavingIds, pullRequest, circumstancesFor))
}

function movePullRequest(
  roster: Roster,
  ladder: LoadLadder,
  leavingIds: ReadonlySet<string>,
  pullRequest: OpenPullRequest,
  circumstancesFor: CircumstancesFor,
): PullRequestMove {
  const { pullRequestId, authorId, reviewerIds } = pullRequest
  let after = [...reviewerIds]
  const handOvers = reviewerIds
    .filter((reviewerId) => leavingIds.has(reviewerId))
    .map((fromId): HandOver => {
      const keptIds = after.filter((id) => id !== fromId)
      const seed = seedFrom(roster.teamName, roster.version, pullRequestId, fromId)
      const all = circumstancesFor(
        pullRequest,
        keptIds.filter((id) => !leavingIds.has(id)),
      )
      const circumstanceOf = (userId: string) => all?.at(positionOf(roster, userId)) ?? null
      const members = ladder.lowest(LOOK_LIMIT, (userId) => {
        if (all === null) return 0
        const circumstance = circumstanceOf(userId)
        if (exclusionByCircumstance(circumstance, ladder.loadOf(userId)) !== null) return null
        if (exclusionOf(userId, { authorId, keptIds, replacedId: fromId }) !== null) return null
        return circumstance?.isNewcomer === true && !all.isAccompanied ? null : (circumstance?.setback ?? 0)
      })
      const circumstances =
        all === null ? null : { ...all, at: (index: number) => circumstanceOf(members[index]!.userId) }
      const shortList = createRoster({ ...roster, policy: 'least-loaded', members })
      const openReviewsAt = (position: number) => ladder.loadOf(members[position]!.userId)
      const team = { roster: shortList, openReviewsAt, lastInRotation: null }
      const request = { kind: 'hand-over', authorId, wanted: 1, keptIds, replacedId: fromId, circumstances } as const
      const decision = decide(team, request, seed)
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

  /** Those with the fewest setbacks, and among them with the lowest loads; whose setback is null cannot be asked. */
  lowest(size: number, setbackOf: (userId: string) => number | null): RosterMember[] {
    const found: { userId: string; setback: number }[] = []
    let unhindered = 0
    for (const load of [...this.#rungs.keys()].toSorted((a, b) => a - b)) {
      for (const userId of this.#rungs.get(load)!) {
        const setback = setbackOf(userId)
        if (setback === null) continue
        found.push({ userId, setback })
        // Nobody further up can come before these.
        if (setback === 0 && ++unhindered === size) break
      }
      if (unhindered === size) break
    }
    const first = found.toSorted((a, b) => a.setback - b.setback).slice(0, size)
    return first.map(({ userId }) => ({ userId, isActive: true }))
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
