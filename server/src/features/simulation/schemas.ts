import { nextCursorField, pageFields, shownTimeField, textField, timeField, z } from '../../infra/http/schemas.ts'
import { simulationStatuses, type Simulation } from './domain/simulation.ts'
import type { Report, ReportedMeasures } from './report.ts'
import { defaultLoadWeights, MAX_LOAD_WEIGHT, rivalNames } from './rules.ts'

const MAX_LOAD_WEIGHTS = 20

export const requestedTime = timeField('2026-01-01T00:00:00Z')
export const time = shownTimeField()
const simulationId = textField('5f0c1c9e-6a39-4a57-9f3b-0d9d8e6f1a11')
const repository = textField('acme/payments')
const loadWeights = z.array(
  z
    .number('must be a number')
    .min(0, `must be from 0 to ${MAX_LOAD_WEIGHT}`)
    .max(MAX_LOAD_WEIGHT, `must be from 0 to ${MAX_LOAD_WEIGHT}`),
)
const rules = z.array(z.enum(rivalNames, `must be one of ${rivalNames.join(', ')}`))

export const SimulationRequestSchema = z
  .strictObject({
    rules: rules
      .max(rivalNames.length, `must name at most ${rivalNames.length} rules`)
      .optional()
      .openapi({
        description: 'Rules of others to measure beside Tandem’s; all unless said otherwise.',
        example: ['chrev', 'revfinder'],
      }),
    load_weights: loadWeights
      .max(MAX_LOAD_WEIGHTS, `must have at most ${MAX_LOAD_WEIGHTS} numbers`)
      .optional()
      .openapi({
        description: 'Weights of the load to measure Tandem’s own rule with.',
        default: [...defaultLoadWeights],
        example: [0, 1],
      }),
    repository: repository.optional().openapi({ description: 'Only what landed in this one.' }),
    from: requestedTime.optional().openapi({ description: 'Only what landed from this moment on.' }),
    to: requestedTime
      .optional()
      .openapi({ description: 'Only what landed before this moment.', example: '2026-11-01T00:00:00Z' }),
  })
  .refine((request) => request.rules?.length !== 0 || request.load_weights?.length !== 0, {
    path: ['rules'],
    message: 'name a rule, or give a weight in load_weights',
  })
  .openapi('SimulationRequest')

export const SimulationQuery = z.strictObject({ simulation_id: simulationId })
export const SimulationListQuery = z.strictObject(pageFields)

const share = z.number().nullable().openapi({ example: 0.812 })
const figure = z.number().nullable().openapi({ example: 4 })

/** Figures of one rule; what each means is in docs/backtest.md. */
const MeasuresSchema = z
  .object({
    name: z.string().openapi({ example: 'chrev' }),
    hit_at_1: share,
    hit_at_3: share,
    hit_at_5: share,
    mrr: share,
    gini: share,
    top_20_percent_share: share,
    wave_index: figure,
    highest_wave_index: figure,
    files_at_risk: figure,
    files_at_risk_change: share.openapi({ example: -0.12 }),
    fill_rate: share,
    ms_per_decision: figure,
    quarters: z.array(
      z.object({
        quarter: z.string().openapi({ example: '2026-Q3' }),
        changes: z.int().openapi({ example: 212 }),
        gini: share,
        top_20_percent_share: share,
        files_at_risk: figure,
      }),
    ),
  })
  .openapi('SimulationMeasures', {
    description: 'Null where there was nothing to measure; docs/backtest.md has what they mean.',
  })

export const ReportSchema = z
  .object({
    changes: z.int().openapi({ description: 'Asked about; the first changes only teach.', example: 4021 }),
    reality: MeasuresSchema,
    rules: z.array(MeasuresSchema),
  })
  .openapi('SimulationReport')

const SimulationSummarySchema = z
  .object({
    simulation_id: simulationId,
    status: z.enum(simulationStatuses).openapi({ example: 'RUNNING' }),
    progress: z.number().openapi({ description: 'From 0 to 1.', example: 0.4 }),
    rules: z.array(z.string()).openapi({ example: ['chrev', 'revfinder'] }),
    load_weights: z.array(z.number()).openapi({ example: [0, 1] }),
    repository: repository.nullable(),
    from: requestedTime.nullable(),
    to: requestedTime.nullable(),
    started_by: z.string().openapi({ example: 'local' }),
    started_at: time,
    failure: z.string().nullable().openapi({ description: 'Why it failed, in words.', example: null }),
  })
  .openapi('SimulationSummary')

export const SimulationSchema = SimulationSummarySchema.extend({ report: ReportSchema.nullable() }).openapi(
  'Simulation',
)

export const SimulationAnswer = z.object({ simulation: SimulationSchema })
export const SimulationListSchema = z.object({
  simulations: z.array(SimulationSummarySchema),
  next_cursor: nextCursorField,
})

export type ReportJson = z.infer<typeof ReportSchema>

export function toReportJson({ changes, reality, rules: measured }: Report): ReportJson {
  return { changes, reality: toMeasuresJson(reality), rules: measured.map(toMeasuresJson) }
}

function toMeasuresJson(measures: ReportedMeasures): z.infer<typeof MeasuresSchema> {
  return {
    name: measures.name,
    hit_at_1: rounded(measures.hitAt1),
    hit_at_3: rounded(measures.hitAt3),
    hit_at_5: rounded(measures.hitAt5),
    mrr: rounded(measures.mrr),
    gini: rounded(measures.gini),
    top_20_percent_share: rounded(measures.topFifthShare),
    wave_index: rounded(measures.waveIndex),
    highest_wave_index: rounded(measures.highestWaveIndex),
    files_at_risk: rounded(measures.filesAtRisk),
    files_at_risk_change: rounded(measures.filesAtRiskChange),
    fill_rate: rounded(measures.fillRate),
    ms_per_decision: rounded(measures.msPerDecision),
    quarters: measures.quarters.map((quarter) => ({
      quarter: quarter.quarter,
      changes: quarter.changes,
      gini: rounded(quarter.gini),
      top_20_percent_share: rounded(quarter.topFifthShare),
      files_at_risk: quarter.filesAtRisk,
    })),
  }
}

export function toSummaryJson(simulation: Simulation): z.infer<typeof SimulationSummarySchema> {
  const { request } = simulation
  return {
    simulation_id: simulation.simulationId,
    status: simulation.status,
    progress: rounded(simulation.progress)!,
    rules: [...request.rules],
    load_weights: [...request.loadWeights],
    repository: request.repository,
    from: request.from,
    to: request.to,
    started_by: simulation.actor,
    started_at: simulation.startedAt,
    failure: simulation.failure,
  }
}

export function toSimulationJson(simulation: Simulation, report: ReportJson | null): z.infer<typeof SimulationSchema> {
  return { ...toSummaryJson(simulation), report }
}

export function fromRequestJson(request: z.infer<typeof SimulationRequestSchema>): Simulation['request'] {
  const { rules: names = rivalNames, load_weights: weights = defaultLoadWeights } = request
  return {
    rules: [...new Set(names)],
    loadWeights: [...new Set(weights)],
    repository: request.repository ?? null,
    from: request.from === undefined ? null : toUtc(request.from),
    to: request.to === undefined ? null : toUtc(request.to),
  }
}

export function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10_000) / 10_000
}

/** PostgreSQL knows fewer offsets than RFC 3339. */
export function toUtc(text: string): string {
  return new Date(text).toISOString()
}
