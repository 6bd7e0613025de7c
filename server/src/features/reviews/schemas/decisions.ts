import { wholeNumberField, z } from '../../../infra/http/schemas.ts'
import { reviewPolicies } from '../../../shared/roster.ts'
import { lookedAt } from '../domain/decision.ts'
import { rankedIds } from '../domain/why-not.ts'
import type { WhyNotAnswer } from '../explain-why-not.ts'
import type { DecisionRecord } from '../queries/decisions.ts'
import { explainFlip, explainReason } from '../why-not-text.ts'
import { pullRequestId, teamName, time, userId, userIds } from './fields.ts'

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
  number: wholeNumberField(1, 999_999_999)
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
    candidates: lookedAt(decision).map((looked) => ({
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
