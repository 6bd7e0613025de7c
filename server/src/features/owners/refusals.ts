import { AppError } from '../../shared/errors.ts'

export function tooManyPaths(): AppError {
  return new AppError(
    'invalid',
    'INVALID_REQUEST',
    'paths: are too many to be checked at once with a file of this size.',
  )
}

export function noOwnersFile(repository: string): AppError {
  return new AppError(
    'not_found',
    'NOT_FOUND',
    `The repository ${JSON.stringify(repository)} has no CODEOWNERS file here.`,
  )
}
