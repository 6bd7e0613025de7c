import { callOf, command, question, type Api } from '../../infra/http/api.ts'
import { cachedAnswer } from '../../infra/http/cached-answer.ts'
import { DEFAULT_PAGE_SIZE } from '../../infra/http/schemas.ts'
import { acknowledgeReview } from './acknowledge-review.ts'
import { pullRequestAnswer, reviewAnswer } from './answers.ts'
import { assignReviewer } from './assign-reviewer.ts'
import { createPullRequest } from './create-pull-request.ts'
import { deactivateMembers } from './deactivate-members.ts'
import { explainWhyNot } from './explain-why-not.ts'
import { getDecision } from './get-decision.ts'
import { getExpertiseStatus } from './get-expertise-status.ts'
import { getPullRequest } from './get-pull-request.ts'
import { getReview } from './get-review.ts'
import { listPullRequests } from './list-pull-requests.ts'
import { mergePullRequest } from './merge-pull-request.ts'
import { reassignReviewer } from './reassign-reviewer.ts'
import type { Reviews } from './reviews.ts'
import * as deactivations from './schemas/deactivations.ts'
import * as decisions from './schemas/decisions.ts'
import { fromDetailFields } from './schemas/details.ts'
import * as expertise from './schemas/expertise.ts'
import * as pullRequests from './schemas/pull-requests.ts'
import { undoDeactivation } from './undo-deactivation.ts'
import { updatePullRequest } from './update-pull-request.ts'

const getReviewRoute = question({
  path: '/users/getReview',
  operationId: 'getReview',
  tag: 'Users',
  summary: 'The pull requests somebody reviews, newest first',
  request: pullRequests.ReviewQuery,
  success: { status: 200, schema: pullRequests.ReviewListSchema, description: 'Empty for an unknown user' },
  isCached: true,
})

const createRoute = command({
  path: '/pullRequest/create',
  operationId: 'createPullRequest',
  tag: 'Pull requests',
  summary: 'Open a pull request and assign its reviewers',
  description:
    'Up to two active members of the author’s team, never the author. What the pull request changes makes the choice better; a draft gets its reviewers when `pullRequest/update` says that it is ready.',
  request: pullRequests.NewPullRequestSchema,
  success: { status: 201, schema: pullRequests.PullRequestAnswer, description: 'The pull request with its reviewers' },
  refusals: { 404: 'NOT_FOUND: the author', 409: 'PR_EXISTS' },
})

const updateRoute = command({
  path: '/pullRequest/update',
  operationId: 'updatePullRequest',
  tag: 'Pull requests',
  summary: 'Follow a later push: other files, labels, name, or ready for review',
  description: 'What is left out stays as it is. Reviewers stay; a draft that is ready now gets its first ones.',
  request: pullRequests.PullRequestUpdateSchema,
  success: { status: 200, schema: pullRequests.DetailsAnswer, description: 'The pull request' },
  refusals: { 404: 'NOT_FOUND', 409: 'PR_MERGED' },
})

const assignRoute = command({
  path: '/pullRequest/assign',
  operationId: 'assignReviewer',
  tag: 'Pull requests',
  summary: 'Choose a reviewer by hand',
  description:
    'Any active user but the author, on a free seat or instead of a reviewer. Tandem never undoes it by itself.',
  request: pullRequests.AssignmentSchema,
  success: { status: 200, schema: pullRequests.DetailsAnswer, description: 'The pull request' },
  refusals: {
    404: 'NOT_FOUND: the pull request or the user',
    409: 'PR_MERGED, IS_AUTHOR, INACTIVE, NOT_ASSIGNED or NO_SEAT',
  },
})

const mergeRoute = command({
  path: '/pullRequest/merge',
  operationId: 'mergePullRequest',
  tag: 'Pull requests',
  summary: 'Merge a pull request; repeating it is harmless',
  request: pullRequests.PullRequestReference,
  success: { status: 200, schema: pullRequests.PullRequestAnswer, description: 'The merged pull request' },
  refusals: { 404: 'NOT_FOUND' },
})

const reassignRoute = command({
  path: '/pullRequest/reassign',
  operationId: 'reassignReviewer',
  tag: 'Pull requests',
  summary: 'Replace one reviewer by a member of that reviewer’s team',
  request: pullRequests.ReassignSchema,
  success: { status: 200, schema: pullRequests.ReassignedAnswer, description: 'The pull request, and who took over' },
  refusals: { 404: 'NOT_FOUND: the pull request or the user', 409: 'PR_MERGED, NOT_ASSIGNED or NO_CANDIDATE' },
})

const acknowledgeRoute = command({
  path: '/pullRequest/acknowledge',
  operationId: 'acknowledgeReview',
  tag: 'Pull requests',
  summary: 'A reviewer is on it, and need not be reminded',
  description: 'Repeating it is harmless. Whoever is assigned anew later is asked anew.',
  request: pullRequests.AcknowledgementSchema,
  success: { status: 200, schema: pullRequests.AcknowledgedAnswer, description: 'Since when' },
  refusals: { 404: 'NOT_FOUND: the pull request or the user', 409: 'PR_MERGED or NOT_ASSIGNED' },
})

const getRoute = question({
  path: '/pullRequest/get',
  operationId: 'getPullRequest',
  tag: 'Pull requests',
  summary: 'A pull request, with what it changes and why a seat is empty',
  request: pullRequests.PullRequestQuery,
  success: { status: 200, schema: pullRequests.PullRequestDetailsSchema, description: 'The pull request' },
  refusals: { 404: 'NOT_FOUND' },
  isCached: true,
})

const listRoute = question({
  path: '/pullRequest/list',
  operationId: 'listPullRequests',
  tag: 'Pull requests',
  summary: 'Pull requests newest first, a page at a time',
  request: pullRequests.PullRequestListQuery,
  success: { status: 200, schema: pullRequests.PullRequestListSchema, description: 'A page of pull requests' },
})

const deactivateRoute = command({
  path: '/team/deactivateMembers',
  operationId: 'deactivateMembers',
  tag: 'Teams',
  summary: 'Switch members off and hand their open reviews to teammates',
  description: 'All or nothing. A dry run returns the plan; the real run applies just that.',
  request: deactivations.DeactivationSchema,
  success: {
    status: 200,
    schema: deactivations.DeactivationAnswer,
    description: 'Who got what, and why a slot stays open',
  },
  refusals: { 404: 'NOT_FOUND: the team, or a user who is not in it', 409: 'PLAN_CHANGED' },
})

const undoRoute = command({
  path: '/team/undoDeactivation',
  operationId: 'undoDeactivation',
  tag: 'Teams',
  summary: 'Switch deactivated members on again and give their reviews back',
  request: deactivations.UndoSchema,
  success: {
    status: 200,
    schema: deactivations.UndoAnswer,
    description: 'What was restored, and what had changed since',
  },
  refusals: { 404: 'NOT_FOUND: the team, or a deactivation to undo', 409: 'ALREADY_UNDONE' },
})

const getDecisionRoute = question({
  path: '/decision/get',
  operationId: 'getDecision',
  tag: 'Decisions',
  summary: 'Every decision about a pull request: who was looked at, how they ranked, who was chosen',
  request: pullRequests.PullRequestQuery,
  success: {
    status: 200,
    schema: decisions.DecisionListSchema,
    description: 'The decisions in the order they were made',
  },
  refusals: { 404: 'NOT_FOUND' },
})

const whyNotRoute = question({
  path: '/decision/whyNot',
  operationId: 'explainWhyNot',
  tag: 'Decisions',
  summary: 'Why somebody was not chosen, and the smallest change that would have chosen them',
  request: decisions.WhyNotQuery,
  success: { status: 200, schema: decisions.WhyNotSchema, description: 'One reason, and the flip' },
  refusals: { 404: 'NOT_FOUND: the pull request, the user or the decision' },
})

const expertiseStatusRoute = question({
  path: '/expertise/status',
  operationId: 'getExpertiseStatus',
  tag: 'Decisions',
  summary: 'How much the process that answers knows of who knows what',
  request: expertise.ExpertiseStatusQuery,
  success: { status: 200, schema: expertise.ExpertiseStatusSchema, description: 'What it has learned' },
})

export function addReviewRoutes(api: Api, reviews: Reviews): void {
  api.openapi(getReviewRoute, (c) => {
    const { user_id: userId } = c.req.valid('query')
    return cachedAnswer(c, reviews.answers, reviewAnswer(userId), () => getReview(reviews, c.env.actor, { userId }))
  })
  api.openapi(createRoute, async (c) => {
    const {
      pull_request_id: pullRequestId,
      pull_request_name: pullRequestName,
      author_id: authorId,
      is_draft: isDraft = false,
      ...fields
    } = c.req.valid('json')
    const input = { pullRequestId, pullRequestName, authorId, isDraft, details: fromDetailFields(fields) }
    const pullRequest = await createPullRequest(reviews, callOf(c, input))
    return c.json({ pr: pullRequests.toPullRequestJson(pullRequest) }, 201)
  })
  api.openapi(updateRoute, async (c) => {
    const {
      pull_request_id: pullRequestId,
      pull_request_name: pullRequestName = null,
      is_draft: isDraft = null,
      ...fields
    } = c.req.valid('json')
    const input = { pullRequestId, pullRequestName, isDraft, details: fromDetailFields(fields) }
    return c.json({ pr: pullRequests.toDetailsJson(await updatePullRequest(reviews, callOf(c, input))) }, 200)
  })
  api.openapi(assignRoute, async (c) => {
    const { pull_request_id: pullRequestId, user_id: userId, instead_of: insteadOf = null } = c.req.valid('json')
    const pullRequest = await assignReviewer(reviews, callOf(c, { pullRequestId, userId, insteadOf }))
    return c.json({ pr: pullRequests.toDetailsJson(pullRequest) }, 200)
  })
  api.openapi(mergeRoute, async (c) => {
    const { pull_request_id: pullRequestId } = c.req.valid('json')
    const pullRequest = await mergePullRequest(reviews, callOf(c, { pullRequestId }))
    return c.json({ pr: pullRequests.toPullRequestJson(pullRequest) }, 200)
  })
  api.openapi(reassignRoute, async (c) => {
    const { pull_request_id: pullRequestId, old_user_id, old_reviewer_id } = c.req.valid('json')
    const oldUserId = (old_user_id ?? old_reviewer_id)!
    const { pullRequest, replacedBy } = await reassignReviewer(reviews, callOf(c, { pullRequestId, oldUserId }))
    return c.json({ pr: pullRequests.toPullRequestJson(pullRequest), replaced_by: replacedBy }, 200)
  })
  api.openapi(acknowledgeRoute, async (c) => {
    const { pull_request_id: pullRequestId, user_id: userId } = c.req.valid('json')
    const { acknowledgedAt } = await acknowledgeReview(reviews, callOf(c, { pullRequestId, userId }))
    const acknowledged = { pull_request_id: pullRequestId, user_id: userId, acknowledged_at: acknowledgedAt }
    return c.json({ acknowledged }, 200)
  })
  api.openapi(getRoute, async (c) => {
    const { pull_request_id: pullRequestId } = c.req.valid('query')
    return cachedAnswer(c, reviews.answers, pullRequestAnswer(pullRequestId), async () =>
      JSON.stringify(pullRequests.toDetailsJson(await getPullRequest(reviews, c.env.actor, { pullRequestId }))),
    )
  })
  api.openapi(listRoute, async (c) => {
    const { cursor, limit = DEFAULT_PAGE_SIZE, ...filter } = c.req.valid('query')
    const {
      status = null,
      team_name: teamName = null,
      author_id: authorId = null,
      reviewer_id: reviewerId = null,
    } = filter
    const input = { status, teamName, authorId, reviewerId, cursor, limit }
    const page = await listPullRequests(reviews, c.env.actor, input)
    return c.json({ pull_requests: page.rows.map(pullRequests.toPullRequestJson), next_cursor: page.nextCursor }, 200)
  })
  api.openapi(deactivateRoute, async (c) => {
    const {
      team_name: teamName,
      user_ids: userIds = null,
      dry_run: isDryRun = false,
      plan_id: planId = null,
    } = c.req.valid('json')
    const result = await deactivateMembers(reviews, callOf(c, { teamName, userIds, isDryRun, planId }))
    return c.json(deactivations.toDeactivationJson(result), 200)
  })
  api.openapi(undoRoute, async (c) => {
    const { team_name: teamName, deactivation_id: deactivationId = null } = c.req.valid('json')
    return c.json(
      deactivations.toUndoJson(await undoDeactivation(reviews, callOf(c, { teamName, deactivationId }))),
      200,
    )
  })
  api.openapi(getDecisionRoute, async (c) => {
    const { pull_request_id } = c.req.valid('query')
    const records = await getDecision(reviews, c.env.actor, { pullRequestId: pull_request_id })
    return c.json({ pull_request_id, decisions: records.map(decisions.toDecisionJson) }, 200)
  })
  api.openapi(whyNotRoute, async (c) => {
    const { pull_request_id: pullRequestId, user_id: userId, number = null } = c.req.valid('query')
    return c.json(
      decisions.toWhyNotJson(await explainWhyNot(reviews, c.env.actor, { pullRequestId, userId, number })),
      200,
    )
  })
  api.openapi(expertiseStatusRoute, (c) => c.json(getExpertiseStatus(reviews, c.env.actor), 200))
}
