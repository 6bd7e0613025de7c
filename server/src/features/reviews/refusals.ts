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
