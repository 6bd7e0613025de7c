import type { Context } from '../../context.ts'
import { question, type Api } from '../../infra/http/api.ts'
import { getStats } from './get-stats.ts'
import * as schemas from './schemas.ts'

const DEFAULT_ROWS = 100

const getStatsRoute = question({
  path: '/stats/get',
  operationId: 'getStats',
  tag: 'Statistics',
  summary: 'Who was given how many reviews, how evenly, and what is open now',
  description:
    'Counts of assignments are for the window of time; open reviews and pull requests are those of this moment.',
  request: schemas.StatsQuery,
  success: { status: 200, schema: schemas.StatsSchema, description: 'The statistics' },
  refusals: { 404: 'NOT_FOUND: the team' },
})

export function addInsightRoutes(api: Api, context: Pick<Context, 'db' | 'workspaceId'>): void {
  api.openapi(getStatsRoute, async (c) => {
    const { team_name: teamName = null, from = null, to = null, limit = DEFAULT_ROWS } = c.req.valid('query')
    const stats = await getStats(context, c.env.actor, { teamName, from, to, limit })
    return c.json(schemas.toStatsJson(stats, from, to), 200)
  })
}
