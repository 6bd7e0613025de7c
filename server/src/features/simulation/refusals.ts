import { AppError } from '../../shared/errors.ts'

export function unknownSimulation(simulationId: string): AppError {
  return new AppError('not_found', 'NOT_FOUND', `No simulation has the id ${JSON.stringify(simulationId)}.`)
}

export function simulationRunning(simulationId: string | undefined): AppError {
  const which = simulationId === undefined ? 'A simulation' : `The simulation ${JSON.stringify(simulationId)}`
  return new AppError(
    'conflict',
    'SIMULATION_RUNNING',
    `${which} is running; there is one at a time. Wait for it to end.`,
  )
}

export function tooLittleHistory(history: {
  reviewed: number
  days: number
  minChanges: number
  minDays: number
}): AppError {
  const { reviewed, days, minChanges, minDays } = history
  return new AppError(
    'conflict',
    'TOO_LITTLE_HISTORY',
    `There are ${reviewed} reviewed changes, over ${days} days; a simulation needs ${minChanges} over ${minDays} days, ` +
      'because the first only teach. Import a history (POST /history/import, or npm run import), or ask for more of it.',
  )
}

export function tooMuchHistory(most: number): AppError {
  return new AppError(
    'conflict',
    'TOO_MUCH_HISTORY',
    `There are more than ${most.toLocaleString('en-US')} changes; ask for less of them by repository, from or to.`,
  )
}
