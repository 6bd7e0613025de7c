import { explainIssues } from '../../infra/http/explain-issues.ts'
import { AppError } from '../../shared/errors.ts'
import { tidied, type PastChange } from './domain/past-change.ts'
import { fromPastChangeJson, PastChangeSchema } from './schemas.ts'

/** The change a line of a history tells of; refuses any other line, naming it and the field. */
export function parseChange(repository: string, { number, text }: { number: number; text: string }): PastChange {
  const result = PastChangeSchema.safeParse(parseJson(text, number))
  if (!result.success) throw badLine(number, explainIssues(result.error.issues))
  return tidied(fromPastChangeJson(repository, result.data))
}

function parseJson(text: string, number: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badLine(number, 'is not JSON.')
  }
}

function badLine(number: number, reason: string): AppError {
  return new AppError('invalid', 'INVALID_REQUEST', `line ${number}: ${reason}`)
}
