import type { Actor } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import { findStandingAt, findUsers, unknownUser } from '../people/index.ts'
import { whyNot, type WhyNot } from './domain/why-not.ts'
import { getDecision } from './get-decision.ts'
import type { DecisionRecord } from './queries/decisions.ts'
import type { Reviews } from './reviews.ts'

export type WhyNotQuestion = { pullRequestId: string; userId: string; number: number | null }
export type WhyNotAnswer = WhyNot & { record: DecisionRecord; userId: string }

/** Why somebody was not chosen: by the decision of that number, else by the newest that chose them or, if none did, the newest. */
export async function explainWhyNot(
  deps: Pick<Reviews, 'db' | 'workspaceId'>,
  actor: Actor,
  { pullRequestId, userId, number }: WhyNotQuestion,
): Promise<WhyNotAnswer> {
  const [records, users] = await Promise.all([
    getDecision(deps, actor, { pullRequestId }),
    findUsers(deps.db, deps.workspaceId, [userId]),
  ])
  if (!users.has(userId)) throw unknownUser(userId)
  const record = number === null ? relevantTo(records, userId) : records.find((one) => one.number === number)
  if (record === undefined) throw unknownDecision(pullRequestId, number)
  const { teamName, rosterVersion } = record.decision
  const standing = await findStandingAt(deps.db, deps.workspaceId, teamName, rosterVersion, userId)
  return { ...whyNot(record.decision, userId, standing), record, userId }
}

function relevantTo(records: readonly DecisionRecord[], userId: string): DecisionRecord | undefined {
  return records.findLast(({ decision }) => decision.assignedIds.includes(userId)) ?? records.at(-1)
}

function unknownDecision(pullRequestId: string, number: number | null): AppError {
  const message = `Pull request ${JSON.stringify(pullRequestId)} has no decision ${number}.`
  return new AppError('not_found', 'NOT_FOUND', message)
}
