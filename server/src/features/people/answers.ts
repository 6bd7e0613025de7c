import { answerKey, type Change } from '../../infra/cache/answer-cache.ts'
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
  const edit = (json: string) => {
    const start = json.indexOf(before)
    return start === -1 ? null : json.slice(0, start) + after + json.slice(start + before.length)
  }
  return [userAnswer(user.userId), { key: teamAnswer(user.teamName), edit }]
}

function memberIn(user: User): string {
  return JSON.stringify(toMemberJson(user))
}
