import { nextCursorField, pageFields, textField, z } from '../../../infra/http/schemas.ts'
import type { PullRequest } from '../domain/pull-request.ts'
import { pullRequestId, teamName, time, userId, userIds } from './fields.ts'

const status = z.enum(['OPEN', 'MERGED']).openapi({ example: 'OPEN' })

export const PullRequestSchema = z
  .object({
    pull_request_id: pullRequestId,
    pull_request_name: textField('Add search'),
    author_id: textField('u1'),
    status,
    assigned_reviewers: userIds.openapi({ example: ['u2', 'u3'], maxItems: 2 }),
    createdAt: time,
    mergedAt: time.nullable().openapi({ example: null }),
  })
  .openapi('PullRequest')

const PullRequestShortSchema = PullRequestSchema.pick({
  pull_request_id: true,
  pull_request_name: true,
  author_id: true,
  status: true,
}).openapi('PullRequestShort')

export const PullRequestAnswer = z.object({ pr: PullRequestSchema })
export const ReassignedAnswer = z.object({ pr: PullRequestSchema, replaced_by: userId })
export const ReviewListSchema = z.object({ user_id: userId, pull_requests: z.array(PullRequestShortSchema) })

export const NewPullRequestSchema = z
  .strictObject({
    pull_request_id: pullRequestId,
    pull_request_name: textField('Add search'),
    author_id: textField('u1'),
  })
  .openapi('NewPullRequest')

export const PullRequestReference = z.strictObject({ pull_request_id: pullRequestId }).openapi('PullRequestReference')

export const ReassignSchema = z
  .strictObject({
    pull_request_id: pullRequestId,
    old_user_id: userId.optional(),
    old_reviewer_id: userId.optional().openapi({ description: 'Another name for `old_user_id`.', deprecated: true }),
  })
  .superRefine(({ old_user_id, old_reviewer_id }, context) => {
    const path = ['old_user_id']
    if (old_user_id === undefined && old_reviewer_id === undefined) {
      context.addIssue({ code: 'custom', path, message: 'is missing' })
    } else if (old_user_id !== undefined && old_reviewer_id !== undefined && old_user_id !== old_reviewer_id) {
      context.addIssue({ code: 'custom', path, message: 'differs from old_reviewer_id' })
    }
  })
  .openapi('Reassignment', { example: { pull_request_id: 'pr-1001', old_user_id: 'u2' } })

export const ReviewQuery = z.strictObject({ user_id: userId })
export const PullRequestQuery = z.strictObject({ pull_request_id: pullRequestId })

export const PullRequestListQuery = z.strictObject({
  status: status.optional(),
  team_name: teamName.optional(),
  author_id: textField('u1').optional(),
  reviewer_id: userId.optional(),
  ...pageFields,
})
export const PullRequestListSchema = z.object({
  pull_requests: z.array(PullRequestSchema),
  next_cursor: nextCursorField,
})

export function toPullRequestJson(pullRequest: PullRequest): z.infer<typeof PullRequestSchema> {
  return {
    ...toShortJson(pullRequest),
    assigned_reviewers: [...pullRequest.reviewerIds],
    createdAt: pullRequest.createdAt,
    mergedAt: pullRequest.mergedAt,
  }
}

export function toShortJson(pullRequest: PullRequest): z.infer<typeof PullRequestShortSchema> {
  return {
    pull_request_id: pullRequest.pullRequestId,
    pull_request_name: pullRequest.pullRequestName,
    author_id: pullRequest.authorId,
    status: pullRequest.status,
  }
}
