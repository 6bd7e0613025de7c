import { MAX_PAGE_SIZE, textField, timeField, wholeNumberField, z } from '../../infra/http/schemas.ts'
import type { Fairness, Stats } from './get-stats.ts'

const EXAMPLE_TIME = '2026-11-01T00:00:00Z'
const time = timeField(EXAMPLE_TIME).transform(toUtc).openapi({ format: 'date-time', example: EXAMPLE_TIME })
const count = z.int().openapi({ example: 12 })
const userId = textField('u1')
const teamName = textField('payments')

export const StatsQuery = z.strictObject({
  team_name: teamName.optional(),
  from: time.optional().openapi({ description: 'Count assignments from this moment on.' }),
  to: time
    .optional()
    .openapi({ description: 'Count assignments before this moment.', example: '2026-12-01T00:00:00Z' }),
  limit: wholeNumberField(1, MAX_PAGE_SIZE).optional().openapi({
    description: 'At most this many users and pull requests, the busiest first.',
    default: 100,
    example: 20,
  }),
})

const fairness = {
  gini: z
    .number()
    .openapi({ description: '0: all active members carry the same; towards 1: one carries all.', example: 0.08 }),
  top_20_percent_share: z
    .number()
    .openapi({ description: 'Share of the assignments that the busiest fifth carries.', example: 0.24 }),
}

export const StatsSchema = z
  .object({
    window: z.object({ from: time.nullable(), to: time.nullable() }),
    assignments: count,
    open_reviews: count,
    open_pull_requests: count,
    merged_pull_requests: count,
    users: count,
    ...fairness,
    by_user: z.array(
      z.object({
        user_id: userId,
        team_name: teamName,
        is_active: z.boolean(),
        assignments: count,
        open_reviews: count,
      }),
    ),
    by_team: z.array(
      z.object({
        team_name: teamName,
        members: count,
        assignments: count,
        open_reviews: count,
        open_pull_requests: count,
        merged_pull_requests: count,
        ...fairness,
      }),
    ),
    by_pull_request: z.array(z.object({ pull_request_id: textField('pr-1001'), assignments: count })),
  })
  .openapi('Stats')

/** The same moment in UTC with six digits, as far as PostgreSQL counts; it knows fewer offsets than RFC 3339. */
function toUtc(text: string): string {
  const fraction = /\.(\d{1,6})/.exec(text)?.[1] ?? '0'
  return `${new Date(text).toISOString().slice(0, 19)}.${fraction}Z`
}

export function toStatsJson(stats: Stats, from: string | null, to: string | null): z.infer<typeof StatsSchema> {
  return {
    window: { from, to },
    assignments: stats.assignments,
    open_reviews: stats.openReviews,
    open_pull_requests: stats.openPullRequests,
    merged_pull_requests: stats.mergedPullRequests,
    users: stats.users,
    ...toFairnessJson(stats),
    by_user: stats.byUser.map((user) => ({
      user_id: user.userId,
      team_name: user.teamName,
      is_active: user.isActive,
      assignments: user.assignments,
      open_reviews: user.openReviews,
    })),
    by_team: stats.byTeam.map((team) => ({
      team_name: team.teamName,
      members: team.members,
      assignments: team.assignments,
      open_reviews: team.openReviews,
      open_pull_requests: team.openPullRequests,
      merged_pull_requests: team.mergedPullRequests,
      ...toFairnessJson(team),
    })),
    by_pull_request: stats.byPullRequest.map((one) => ({
      pull_request_id: one.pullRequestId,
      assignments: one.assignments,
    })),
  }
}

function toFairnessJson(fair: Fairness) {
  return { gini: rounded(fair.gini), top_20_percent_share: rounded(fair.topFifthShare) }
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
