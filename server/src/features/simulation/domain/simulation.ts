export const simulationStatuses = ['RUNNING', 'DONE', 'FAILED'] as const
export type SimulationStatus = (typeof simulationStatuses)[number]

/** What of the workspace's history is replayed, and with which rules. */
export type SimulationRequest = {
  /** Of others; Tandem's own is measured with each of the load weights. */
  rules: readonly string[]
  loadWeights: readonly number[]
  /** Null stands for all. */
  repository: string | null
  from: string | null
  to: string | null
}

export type Simulation = {
  simulationId: string
  request: SimulationRequest
  status: SimulationStatus
  /** From 0 to 1. */
  progress: number
  /** Why it failed, in words. */
  failure: string | null
  actor: string
  startedAt: string
}
