import { callOf, command, question, type Api } from '../../infra/http/api.ts'
import { DEFAULT_PAGE_SIZE } from '../../infra/http/schemas.ts'
import { comparePolicies } from './compare-policies.ts'
import { CompareQuery, ComparisonSchema, DEFAULT_DIFFERENCES, toComparisonJson, windowOf } from './compare-schemas.ts'
import { getSimulation } from './get-simulation.ts'
import { listSimulations } from './list-simulations.ts'
import { runSimulation } from './run-simulation.ts'
import * as schemas from './schemas.ts'
import type { Simulations } from './simulations.ts'

const runSimulationRoute = command({
  path: '/simulation/run',
  operationId: 'runSimulation',
  tag: 'Simulations',
  summary: 'Replay the history of the workspace, and measure whom each rule would have named',
  description:
    'Replays what was imported and what was merged here with its files. It runs beside everything else and its answer comes at once; ' +
    '`GET /simulation/get` tells how far it is and what came out.',
  request: schemas.SimulationRequestSchema,
  success: { status: 201, schema: schemas.SimulationAnswer, description: 'The simulation, which runs now' },
  refusals: {
    409: 'SIMULATION_RUNNING: the message names it; TOO_LITTLE_HISTORY: the message tells how much there is; TOO_MUCH_HISTORY',
  },
})

const getSimulationRoute = question({
  path: '/simulation/get',
  operationId: 'getSimulation',
  tag: 'Simulations',
  summary: 'How far a simulation is, and its report once it is done',
  request: schemas.SimulationQuery,
  success: { status: 200, schema: schemas.SimulationAnswer, description: 'The simulation' },
  refusals: { 404: 'NOT_FOUND' },
})

const listSimulationsRoute = question({
  path: '/simulation/list',
  operationId: 'listSimulations',
  tag: 'Simulations',
  summary: 'Simulations newest first, without their reports, a page at a time',
  request: schemas.SimulationListQuery,
  success: { status: 200, schema: schemas.SimulationListSchema, description: 'A page of simulations' },
})

const comparePoliciesRoute = question({
  path: '/simulation/compare',
  operationId: 'comparePolicies',
  tag: 'Simulations',
  summary: 'What the trial policies of teams would have decided, beside what was decided',
  description:
    'A trial policy sees what the acting one sees, at the same moment: loads are those that the acting policy has made. ' +
    'docs/deciding.md tells what the figures can and cannot say.',
  request: CompareQuery,
  success: { status: 200, schema: ComparisonSchema, description: 'The comparison' },
  refusals: { 404: 'NOT_FOUND: the team' },
})

export function addSimulationRoutes(api: Api, simulations: Simulations): void {
  api.openapi(runSimulationRoute, async (c) => {
    const call = callOf(c, schemas.fromRequestJson(c.req.valid('json')))
    return c.json({ simulation: schemas.toSimulationJson(await runSimulation(simulations, call), null) }, 201)
  })
  api.openapi(getSimulationRoute, async (c) => {
    const { simulation_id: simulationId } = c.req.valid('query')
    const { report, ...simulation } = await getSimulation(simulations, c.env.actor, { simulationId })
    return c.json({ simulation: schemas.toSimulationJson(simulation, report) }, 200)
  })
  api.openapi(listSimulationsRoute, async (c) => {
    const { cursor, limit = DEFAULT_PAGE_SIZE } = c.req.valid('query')
    const page = await listSimulations(simulations, c.env.actor, { cursor, limit })
    return c.json({ simulations: page.rows.map(schemas.toSummaryJson), next_cursor: page.nextCursor }, 200)
  })
  api.openapi(comparePoliciesRoute, async (c) => {
    const { team_name: teamName = null, limit = DEFAULT_DIFFERENCES, ...asked } = c.req.valid('query')
    const window = windowOf(asked, simulations.nowMs())
    const comparison = await comparePolicies(simulations, c.env.actor, { teamName, limit, ...window })
    return c.json(toComparisonJson(comparison, window), 200)
  })
}
