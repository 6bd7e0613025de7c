import { wholeNumberField, z } from '../../../infra/http/schemas.ts'
import { reviewPolicies } from '../../../shared/roster.ts'
import { setbacks } from '../domain/circumstances.ts'
import { exclusions, lookedAt, type Decision } from '../domain/decision.ts'
import { forFirstSeat, scoreOf, scoreParts } from '../domain/expertise/score.ts'
import { rankedIds } from '../domain/why-not.ts'
import type { WhyNotAnswer } from '../explain-why-not.ts'
import type { DecisionRecord } from '../queries/decisions.ts'
import { explainFlip, explainReason } from '../why-not-text.ts'
import { pullRequestId, teamName, time, userId, userIds } from './fields.ts'

const exclusion = z.enum(exclusions)

const setback = z.enum(['CHOSEN_LAST', 'OFF_HOURS', 'NOT_OWNER', 'NOT_MENTOR'])

const part = z.number().openapi({ example: -1.25 })
const ScoreSchema = z
  .object({
    total: part,
    first_seat_total: part.openapi({
      description: '`total` for the first of several reviewers, with a quarter of `load`.',
    }),
    path: part.openapi({ description: 'Knows the files and the directories above them.' }),
    affinity: part.openapi({ description: 'Has reviewed this author.' }),
    popularity: part.openapi({ description: 'Takes away what everybody busy has.' }),
    recency: part.openapi({ description: 'Was active in the last days.' }),
    load: part.openapi({ description: 'Was given much lately; never above 0.' }),
  })
  .openapi('Score', { description: 'Logarithms that add up to `total`; the highest comes first.' })

const DecisionSchema = z
  .object({
    number: z.int().openapi({ example: 1 }),
    kind: z.enum(['create', 'reassign', 'hand-over', 'restore', 'fill', 'assign']),
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
    trial: z
      .object({ policy: z.enum(reviewPolicies), assigned: userIds })
      .nullable()
      .openapi({ description: 'Whom the team’s trial policy would have chosen.', example: null }),
    candidates: z.array(
      z.object({
        user_id: userId,
        open_reviews: z.int().openapi({ example: 1 }),
        rank: z.int().nullable().openapi({ description: '1 is the best.', example: 1 }),
        exclusion: exclusion.nullable().openapi({ example: null }),
        setbacks: z.array(setback).openapi({
          description: 'Why this candidate comes after those with fewer or lesser ones, whatever the policy says.',
          example: [],
        }),
        score: ScoreSchema.nullable().openapi({ description: 'By the policy `expertise`.' }),
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
      'CHOSEN_BY_HAND',
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

export function toDecisionJson({
  number,
  decision,
  trial,
  actor,
  decidedAt,
}: DecisionRecord): z.infer<typeof DecisionSchema> {
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
    trial: trial === null ? null : { policy: trial.policy, assigned: [...trial.assignedIds] },
    candidates: lookedAt(decision).map((looked, index) => ({
      user_id: looked.userId,
      open_reviews: looked.openReviews,
      rank: ranks.get(looked.userId) ?? null,
      exclusion: looked.exclusion,
      setbacks: setback.options.filter((name) => (setbackAt(decision, index) & setbacks[name]) !== 0),
      score: scoreAt(decision, index),
    })),
  }
}

function setbackAt({ circumstances }: Decision, index: number): number {
  return circumstances?.of[index]?.setback ?? 0
}

function scoreAt({ knowledge }: Decision, index: number): z.infer<typeof ScoreSchema> | null {
  if (knowledge === null) return null
  const facts = knowledge.facts[index]!
  return {
    total: scoreOf(facts, knowledge.shares),
    first_seat_total: scoreOf(facts, forFirstSeat(knowledge.shares)),
    ...scoreParts(facts, knowledge.shares),
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
