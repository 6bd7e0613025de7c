import { AppError } from '../../../shared/errors.ts'

export function unknownWebhook(webhookId: string): AppError {
  return new AppError('not_found', 'NOT_FOUND', `No webhook has the id ${JSON.stringify(webhookId)}.`)
}

export function unknownEvent(eventId: string): AppError {
  return new AppError('not_found', 'NOT_FOUND', `There is no event ${JSON.stringify(eventId)}, or no longer.`)
}
