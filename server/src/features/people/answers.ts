import { answerKey, type Change } from '../../infra/cache/answer-cache.ts'
import { replaced } from '../../infra/cache/edit-json.ts'
import type { User } from './domain/team.ts'
import { toMemberJson } from './schemas.ts'

/** The answer of `GET /team/get`. */
export function teamAnswer(teamName: string): string {
  return answerKey('/team/get', 'team_name', teamName)
}

/** The answer of `GET /users/get`. */
export function userAnswer(userId: string): string {
  return answerKey('/users/get', 'user_id', userId)
}

/** Somebody switched on or off stays where they stand in their team, with another flag. */
export function changesBySwitching(user: User): Change[] {
  const [before, after] = [memberIn({ ...user, isActive: !user.isActive }), memberIn(user)]
  return [
    userAnswer(user.userId),
    {
      key: teamAnswer(user.teamName),
      edit: (body) => replaced(body, before, after),
      bytes: before.length + after.length,
    },
  ]
}

function memberIn(user: User): string {
  return JSON.stringify(toMemberJson(user))
}
