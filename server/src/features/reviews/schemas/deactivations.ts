import { textField, z } from '../../../infra/http/schemas.ts'
import type { DeactivationResult } from '../deactivate-members.ts'
import type { UndoResult } from '../undo-deactivation.ts'
import { pullRequestId, teamName, userId, userIds } from './fields.ts'

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
