import { nextCursorField, pageFields, textField, z } from '../../../infra/http/schemas.ts'
import { missingReasons, type FullPullRequest, type PullRequest } from '../domain/pull-request.ts'
import { explainMissing } from '../missing-text.ts'
import { ChangedFileSchema, detailFields, toFilesJson } from './details.ts'
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

const missingReason = z.enum(missingReasons)

/** What `pullRequest/get` tells beyond the contract. */
export const PullRequestDetailsSchema = PullRequestSchema.extend({
  needMoreReviewers: z.boolean().openapi({
    description: 'Nobody could be found for a seat yet; it is filled as soon as somebody becomes free.',
    example: false,
  }),
  missing_reviewers: z.int().openapi({ example: 0 }),
  missing_reason: z
    .object({ code: missingReason, message: z.string() })
    .nullable()
    .openapi({ description: 'Why a seat is empty.', example: null }),
  chosen_by_hand: userIds.openapi({ description: 'Reviewers whom a person chose.', example: [] }),
  shadow_reviewer: userId.nullable().openapi({ description: 'Learns beside the reviewers.', example: null }),
  is_draft: z.boolean().openapi({ example: false }),
  repository: z.string().nullable().openapi({ example: 'shop/web' }),
  url: z.string().nullable().openapi({ example: 'https://git.example.com/shop/web/pull/1001' }),
  labels: z.array(z.string()).openapi({ example: ['urgent'] }),
  files: z.array(ChangedFileSchema),
}).openapi('PullRequestDetails')

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
    ...detailFields,
  })
  .openapi('NewPullRequest')

export const PullRequestUpdateSchema = z
  .strictObject({
    pull_request_id: pullRequestId,
    pull_request_name: textField('Add search').optional(),
    ...detailFields,
  })
  .refine((update) => Object.values(update).filter((value) => value !== undefined).length > 1, {
    message: 'pull_request_id: give something to change beside it',
  })
  .openapi('PullRequestUpdate')

export const AssignmentSchema = z
  .strictObject({
    pull_request_id: pullRequestId,
    user_id: userId,
    instead_of: userId.optional().openapi({ description: 'The reviewer who gives up the seat, where none is free.' }),
  })
  .openapi('Assignment', { example: { pull_request_id: 'pr-1001', user_id: 'u2' } })

export const AcknowledgementSchema = z
  .strictObject({ pull_request_id: pullRequestId, user_id: userId })
  .openapi('Acknowledgement')

export const AcknowledgedAnswer = z.object({
  acknowledged: z.object({ pull_request_id: pullRequestId, user_id: userId, acknowledged_at: time }),
})

export const DetailsAnswer = z.object({ pr: PullRequestDetailsSchema })

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

export function toDetailsJson(pullRequest: FullPullRequest): z.infer<typeof PullRequestDetailsSchema> {
  const { details, missingReason: reason } = pullRequest
  return {
    ...toPullRequestJson(pullRequest),
    needMoreReviewers: pullRequest.missingReviewers > 0 && pullRequest.status === 'OPEN',
    missing_reviewers: pullRequest.missingReviewers,
    missing_reason: reason === null ? null : { code: reason, message: explainMissing(reason) },
    chosen_by_hand: [...pullRequest.chosenIds],
    shadow_reviewer: pullRequest.shadowId,
    is_draft: pullRequest.isDraft,
    repository: details?.repository ?? null,
    url: details?.url ?? null,
    labels: [...(details?.labels ?? [])],
    files: toFilesJson(details?.files),
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
