import { createHash } from 'node:crypto'
import type { Tx } from '../../../infra/db/database.ts'
import { z } from '../../../infra/http/schemas.ts'
import { defineJob } from '../../../infra/jobs/job.ts'
import type { Draft } from '../domain/notification.ts'
import type { Notifications } from '../notifications.ts'
import { lockDueWaits, updateWaits, type DueWait, type WaitChange } from '../queries/waits.ts'
import { notify } from '../relay/notify.ts'
import { judgeWait, type Verdict } from './judge-wait.ts'

type Deps = Pick<Notifications, 'db' | 'workspaceId' | 'nowMs'>

const TOGETHER = 200

/** Looks for reviews that nobody has answered, once a minute. */
export const remindReviewers = defineJob({
  name: 'remind-reviewers',
  payload: z.strictObject({}),
  maxAttempts: 2,
  timeoutMs: 55_000,
  cron: '* * * * *',
  async run(deps: Deps, { signal }) {
    while (!signal.aborted && (await remindSome(deps)) === TOGETHER);
  },
})

/** Does what is due about some reviews, in one transaction; gives at how many it looked. Any number of processes may do so at once. */
export function remindSome(deps: Deps): Promise<number> {
  const { workspaceId } = deps
  return deps.db.transaction(async (tx) => {
    const nowMs = deps.nowMs()
    const due = await lockDueWaits(tx, workspaceId, { now: new Date(nowMs).toISOString(), limit: TOGETHER })
    if (due.length === 0) return 0
    const judged = due.map((wait) => ({ wait, verdict: judgeWait(wait, nowMs) }))
    await changeWaits(tx, workspaceId, judged, nowMs)
    await notify(
      tx,
      deps,
      judged.flatMap(({ wait, verdict }) => draftsOf(wait, verdict)),
    )
    return due.length
  })
}

type Judged = { wait: DueWait; verdict: Verdict }

async function changeWaits(tx: Tx, workspaceId: number, judged: readonly Judged[], nowMs: number): Promise<void> {
  const changes = judged.map(({ wait: { pullRequestId, reviewerId }, verdict }): WaitChange => {
    const nextMs = verdict.kind === 'over' ? null : verdict.nextMs
    return {
      pullRequestId,
      reviewerId,
      nudgedAt: verdict.kind === 'nudge' ? new Date(nowMs).toISOString() : null,
      nextAt: nextMs === null ? null : new Date(nextMs).toISOString(),
    }
  })
  await tx.run(updateWaits(workspaceId, changes))
}

function draftsOf(wait: DueWait, verdict: Verdict): Draft[] {
  if (verdict.kind !== 'nudge' && verdict.kind !== 'propose') return []
  const { pullRequestId, reviewerId, decision, authorId } = wait
  const kind = verdict.kind === 'nudge' ? ('reminder' as const) : ('replacement-proposed' as const)
  const data = { reviewerId, decision, hours: verdict.hours }
  const about = { kind, source: sourceOf(kind, wait), sequence: null, pullRequestId, data }
  const told = kind === 'reminder' ? [reviewerId] : [reviewerId, authorId]
  return told.map((recipientId) => ({ audience: 'user', recipientId, ...about }))
}

/** The same for one assignment, and short: ids may be long. */
function sourceOf(kind: string, { pullRequestId, reviewerId, decision }: DueWait): string {
  const assignment = JSON.stringify([pullRequestId, reviewerId, decision])
  return `${kind} ${createHash('sha256').update(assignment).digest('base64url')}`
}
