import { AppError } from '../../shared/errors.ts'

export function pullRequestExists(pullRequestId: string): AppError {
  return new AppError(
    'conflict',
    'PR_EXISTS',
    `A pull request with the id ${JSON.stringify(pullRequestId)} exists already.`,
  )
}

export function unknownPullRequest(pullRequestId: string): AppError {
  return new AppError('not_found', 'NOT_FOUND', `No pull request has the id ${JSON.stringify(pullRequestId)}.`)
}

export function isMerged(pullRequestId: string): AppError {
  return new AppError(
    'conflict',
    'PR_MERGED',
    `Pull request ${JSON.stringify(pullRequestId)} is merged; its reviewers stay.`,
  )
}

export function notAssigned(pullRequestId: string, userId: string): AppError {
  const message = `${JSON.stringify(userId)} does not review pull request ${JSON.stringify(pullRequestId)}.`
  return new AppError('conflict', 'NOT_ASSIGNED', message)
}

export function noCandidate(teamName: string, userId: string): AppError {
  const message = `No active member of ${JSON.stringify(teamName)} can take over from ${JSON.stringify(userId)}.`
  return new AppError('conflict', 'NO_CANDIDATE', message)
}

export function cannotTakeOver(userId: string): AppError {
  return new AppError('conflict', 'NO_CANDIDATE', `${JSON.stringify(userId)} cannot take over any more.`)
}

export function isAuthor(pullRequestId: string, userId: string): AppError {
  const message = `${JSON.stringify(userId)} wrote pull request ${JSON.stringify(pullRequestId)} and cannot review it.`
  return new AppError('conflict', 'IS_AUTHOR', message)
}

export function isInactive(userId: string): AppError {
  return new AppError('conflict', 'INACTIVE', `${JSON.stringify(userId)} is not active and cannot be given reviews.`)
}

export function noSeat(pullRequestId: string): AppError {
  const message = `Pull request ${JSON.stringify(pullRequestId)} has two reviewers; name in instead_of whose seat it is to be.`
  return new AppError('conflict', 'NO_SEAT', message)
}
