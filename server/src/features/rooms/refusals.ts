import type { AppError } from '../../shared/errors.ts'
import { unknownTeam } from '../people/index.ts'
import { unknownPullRequest } from '../reviews/index.ts'
import { subjectOf } from './domain/room.ts'

/** There is nothing that the room could be about. */
export function unknownRoom(room: string): AppError {
  const subject = subjectOf(room)
  if (subject?.kind === 'pullRequest') return unknownPullRequest(subject.id)
  return unknownTeam(subject?.id ?? room)
}
