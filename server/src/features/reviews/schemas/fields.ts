import { textField, z } from '../../../infra/http/schemas.ts'

export const pullRequestId = textField('pr-1001')
export const userId = textField('u2')
export const userIds = z.array(userId)
export const teamName = textField('payments')
export const time = z.string().openapi({ format: 'date-time', example: '2026-11-21T09:30:00.123456Z' })
