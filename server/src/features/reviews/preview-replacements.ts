import type { Actor } from '../../shared/actor.ts'
import { listTeamsOfUsers } from '../people/index.ts'
import { prepare } from './conditions.ts'
import { decideReplacement, seedOfProposal } from './decide-replacement.ts'
import { findPullRequests } from './queries/pull-requests.ts'
import { readTeams } from './read-teams.ts'
import type { Deciding } from './reviews.ts'

export type ReplacementQuestion = {
  pullRequestId: string
  reviewerId: string
  /** Who was proposed before, if anybody. */
  proposedId: string | null
}

/**
 * Who would take over from reviewers if it were decided now, in the order asked: whoever was proposed where they still can, else whom
 * Tandem would choose; null where nobody can, or there is nobody to take over from. Writes, counts and remembers nothing, and comes to
 * the same while nothing changes.
 */
export async function previewReplacements(
  deps: Deciding,
  _actor: Actor,
  questions: readonly ReplacementQuestion[],
): Promise<(string | null)[]> {
  if (questions.length === 0) return []
  const { db, workspaceId } = deps
  const [pullRequests, teamOf] = await Promise.all([
    findPullRequests(db, workspaceId, [...new Set(questions.map(({ pullRequestId }) => pullRequestId))]),
    listTeamsOfUsers(db, workspaceId, [...new Set(questions.map(({ reviewerId }) => reviewerId))]),
  ])
  const teams = await readTeams(deps, [...new Set(teamOf.values())])
  const cases = questions.map((question) => {
    const { pullRequestId, reviewerId } = question
    const pullRequest = pullRequests.get(pullRequestId)
    const team = teams.get(teamOf.get(reviewerId) ?? '')
    if (pullRequest === undefined || team === undefined) return null
    const isOpen = pullRequest.status === 'OPEN' && pullRequest.reviewerIds.includes(reviewerId)
    return isOpen ? { question, pullRequest, team } : null
  })
  const skills = await prepare(
    deps,
    cases.map((each) =>
      each === null
        ? { roster: undefined, authorId: '', details: null }
        : { ...each.pullRequest, roster: each.team.roster },
    ),
  )
  return cases.map((each, index) => {
    if (each === null) return null
    const { pullRequestId, reviewerId: oldUserId, proposedId } = each.question
    const given = { skills: skills[index]!, seed: seedOfProposal(pullRequestId, oldUserId) }
    const choose = (id: string | null) =>
      decideReplacement(deps, each.team, each.pullRequest, { oldUserId, proposedId: id }, given)
    const chosen = (proposedId === null ? null : choose(proposedId)) ?? choose(null)
    return chosen?.decision.assignedIds[0] ?? null
  })
}
