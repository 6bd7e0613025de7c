import { AppError } from '../../shared/errors.ts'

export function unknownUser(userId: string): AppError {
  return new AppError('not_found', 'NOT_FOUND', `No user has the id ${JSON.stringify(userId)}.`)
}

export function unknownTeam(teamName: string): AppError {
  return new AppError('not_found', 'NOT_FOUND', `No team is called ${JSON.stringify(teamName)}.`)
}
