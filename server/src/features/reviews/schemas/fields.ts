import { shownTimeField, textField, z } from '../../../infra/http/schemas.ts'

export const pullRequestId = textField('pr-1001')
export const userId = textField('u2')
export const userIds = z.array(userId)
export const teamName = textField('payments')
export const time = shownTimeField()
