import { nextCursorField, pageFields, textField, wholeNumber, z } from '../../infra/http/schemas.ts'
import { reviewPolicies } from '../people/index.ts'
import type { DeactivationResult } from './deactivate-members.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { rankedIds } from './domain/why-not.ts'
import type { WhyNotAnswer } from './explain-why-not.ts'
import type { DecisionRecord } from './queries/decisions.ts'
import type { UndoResult } from './undo-deactivation.ts'
import { explainFlip, explainReason } from './why-not-text.ts'

const pullRequestId = textField('pr-1001')
const userId = textField('u2')
const teamName = textField('payments')
const status = z.enum(['OPEN', 'MERGED']).openapi({ example: 'OPEN' })
const time = z.string().openapi({ format: 'date-time', example: '2026-11-21T09:30:00.123456Z' })
const userIds = z.array(userId)

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

export const DeactivationSchema = z
  .strictObject({
    team_name: teamName,
    user_ids: userIds
      .min(1, 'must name somebody; leave it out for the whole team')
      .optional()
      .openapi({ description: 'Without it, everybody in the team.' }),
    dry_run: z.boolean().optional().openapi({ description: 'Plan only, change nothing.', example: false }),
    plan_id: z
      .string()
      .min(1, 'must not be empty')
      .max(100, 'is not the id of a plan')
      .optional()
      .openapi({ description: 'Of a dry run: refuse with PLAN_CHANGED unless the plan is still just that.' }),
  })
  .openapi('DeactivationRequest', { example: { team_name: 'payments', user_ids: ['u2'], dry_run: true } })

const HandOverSchema = z.object({
  pull_request_id: pullRequestId,
  from_user_id: userId,
  to_user_id: userId.nullable().openapi({ description: 'Null where the slot stays open.', example: 'u3' }),
  reason: z
    .enum(['NO_ACTIVE_TEAMMATE', 'EVERY_TEAMMATE_EXCLUDED'])
    .nullable()
    .openapi({ description: 'Why the slot stays open.', example: null }),
})

export const DeactivationAnswer = z.object({
  deactivation: z
    .object({
      deactivation_id: z.string().nullable().openapi({ description: 'For the undo; null after a dry run.' }),
      plan_id: z.string(),
      dry_run: z.boolean(),
      team_name: teamName,
      deactivated: userIds,
      moves: z.array(HandOverSchema),
      moved: z.int(),
      left_open: z.int(),
    })
    .openapi('Deactivation'),
})

export const UndoSchema = z
  .strictObject({
    team_name: teamName,
    deactivation_id: textField('0d2c7b7e-2c0a-4b7c-9d6a-0f7a3f1f2a11')
      .optional()
      .openapi({ description: 'Without it, the latest that was not undone.' }),
  })
  .openapi('UndoRequest', { example: { team_name: 'payments' } })

export const UndoAnswer = z.object({
  undo: z
    .object({
      deactivation_id: z.string(),
      team_name: teamName,
      activated: userIds,
      restored: z.array(z.object({ pull_request_id: pullRequestId, assigned_reviewers: userIds })),
      kept: z.array(
        z.object({
          pull_request_id: pullRequestId,
          reason: z.enum(['PR_MERGED', 'CHANGED_SINCE', 'REVIEWER_NOT_AVAILABLE']),
        }),
      ),
    })
    .openapi('Undo'),
})

const exclusion = z.enum(['INACTIVE', 'AUTHOR', 'ALREADY_ASSIGNED', 'REPLACED'])

const DecisionSchema = z
  .object({
    number: z.int().openapi({ example: 1 }),
    kind: z.enum(['create', 'reassign', 'hand-over', 'restore']),
    decided_at: time,
    actor: z.string().openapi({ example: 'local' }),
    team_name: teamName,
    roster_version: z.int().openapi({ example: 1 }),
    roster_size: z.int().openapi({ example: 3 }),
    policy: z.enum(reviewPolicies),
    policy_version: z.int().openapi({ example: 1 }),
    seed: z.int().openapi({ example: 2147483648 }),
    reviewers_wanted: z.int().openapi({ example: 2 }),
    last_in_rotation: userId.nullable(),
    author_id: userId,
    kept: userIds,
    replaced: userId.nullable(),
    assigned: userIds,
    candidates: z.array(
      z.object({
        user_id: userId,
        open_reviews: z.int().openapi({ example: 1 }),
        rank: z.int().nullable().openapi({ description: '1 is the best.', example: 1 }),
        exclusion: exclusion.nullable().openapi({ example: null }),
      }),
    ),
  })
  .openapi('Decision')

export const DecisionListSchema = z.object({ pull_request_id: pullRequestId, decisions: z.array(DecisionSchema) })

export const WhyNotQuery = z.strictObject({
  pull_request_id: pullRequestId,
  user_id: userId,
  number: wholeNumber(1, 999_999_999)
    .optional()
    .openapi({ description: 'Of the decision; without it, the newest that chose the user, else the newest.' }),
})

export const WhyNotSchema = z
  .object({
    pull_request_id: pullRequestId,
    user_id: userId,
    decision_number: z.int(),
    reason: z.enum([
      'CHOSEN',
      'RESTORED',
      'NONE_WANTED',
      'NOT_IN_TEAM',
      'NOT_LOOKED_AT',
      'RANKED_LOWER',
      ...exclusion.options,
    ]),
    explanation: z.string().openapi({ example: 'u4 was ranked below those who were chosen.' }),
    rank: z.int().nullable(),
    flip: z.object({
      changes: z.array(
        z.object({
          fact: z.string().openapi({ example: 'open_reviews' }),
          from: z.union([z.string(), z.number(), z.boolean(), z.null()]).openapi({ example: 3 }),
          to: z.union([z.string(), z.number(), z.boolean(), z.null()]).openapi({ example: 1 }),
        }),
      ),
      explanation: z
        .string()
        .nullable()
        .openapi({ example: 'u4 would have been chosen, if u4 had 1 open review instead of 3.' }),
    }),
  })
  .openapi('WhyNot')

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

export function toDeactivationJson(result: DeactivationResult): z.infer<typeof DeactivationAnswer> {
  const moves = result.moves.flatMap(({ pullRequestId: pull_request_id, handOvers }) =>
    handOvers.map(({ fromId, toId, reason }) => ({ pull_request_id, from_user_id: fromId, to_user_id: toId, reason })),
  )
  const moved = moves.filter((move) => move.to_user_id !== null).length
  return {
    deactivation: {
      deactivation_id: result.deactivationId,
      plan_id: result.planId,
      dry_run: result.deactivationId === null,
      team_name: result.teamName,
      deactivated: [...result.deactivatedIds],
      moves,
      moved,
      left_open: moves.length - moved,
    },
  }
}

export function toUndoJson(result: UndoResult): z.infer<typeof UndoAnswer> {
  return {
    undo: {
      deactivation_id: result.deactivationId,
      team_name: result.teamName,
      activated: [...result.activatedIds],
      restored: result.restored.map((move) => ({
        pull_request_id: move.pullRequestId,
        assigned_reviewers: [...move.before],
      })),
      kept: result.kept.map((kept) => ({ pull_request_id: kept.pullRequestId, reason: kept.reason })),
    },
  }
}

export function toDecisionJson({ number, decision, actor, decidedAt }: DecisionRecord): z.infer<typeof DecisionSchema> {
  const ranks = new Map(rankedIds(decision).map((id, index) => [id, index + 1]))
  return {
    number,
    kind: decision.kind,
    decided_at: decidedAt,
    actor,
    team_name: decision.teamName,
    roster_version: decision.rosterVersion,
    roster_size: decision.rosterSize,
    policy: decision.policy,
    policy_version: decision.policyVersion,
    seed: decision.seed,
    reviewers_wanted: decision.wanted,
    last_in_rotation: decision.lastInRotation,
    author_id: decision.authorId,
    kept: [...decision.keptIds],
    replaced: decision.replacedId,
    assigned: [...decision.assignedIds],
    candidates: decision.lookedAt.map((looked) => ({
      user_id: looked.userId,
      open_reviews: looked.openReviews,
      rank: ranks.get(looked.userId) ?? null,
      exclusion: looked.exclusion,
    })),
  }
}

export function toWhyNotJson(answer: WhyNotAnswer): z.infer<typeof WhyNotSchema> {
  return {
    pull_request_id: answer.record.pullRequestId,
    user_id: answer.userId,
    decision_number: answer.record.number,
    reason: answer.reason,
    explanation: explainReason(answer.userId, answer.reason),
    rank: answer.rank,
    flip: {
      changes: answer.flip.map(({ fact, from, to }) => ({ fact, from, to })),
      explanation: explainFlip(answer.userId, answer.flip),
    },
  }
}
