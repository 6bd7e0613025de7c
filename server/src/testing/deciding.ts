import { contextOf } from '../app.ts'
import { replayDecisions } from '../features/reviews/index.ts'
import { aPullRequest } from './builders.ts'
import { until } from './change-feed.ts'
import type { Answer, Client } from './client.ts'
import { connectTo, type TestDatabase } from './database.ts'

export type Shown = {
  pull_request_id: string
  status: 'OPEN' | 'MERGED'
  assigned_reviewers: string[]
  needMoreReviewers: boolean
  missing_reviewers: number
  missing_reason: { code: string; message: string } | null
  chosen_by_hand: string[]
  shadow_reviewer: string | null
  is_draft: boolean
}

export type ShownDecision = {
  number: number
  kind: string
  actor: string
  reviewers_wanted: number
  kept: string[]
  replaced: string | null
  assigned: string[]
  candidates: {
    user_id: string
    open_reviews: number
    rank: number | null
    exclusion: string | null
    setbacks: string[]
    score: Record<string, number> | null
  }[]
}

/** The body of an answer that must be a success. */
export function bodyOf<Body = any>({ status, body }: Answer<Body>): Body {
  if (status >= 300) throw new Error(`The answer was ${status}: ${JSON.stringify(body)}`)
  return body
}

/** Opens a pull request and gives its reviewers. */
export async function open(api: Client, id: string, author: string, more: object = {}): Promise<string[]> {
  const { pr } = bodyOf(await api.post('/pullRequest/create', { ...aPullRequest({ id, author }), ...more }))
  return pr.assigned_reviewers
}

export async function merge(api: Client, pull_request_id: string): Promise<void> {
  bodyOf(await api.post('/pullRequest/merge', { pull_request_id }))
}

export async function shown(api: Client, pull_request_id: string): Promise<Shown> {
  return bodyOf(await api.get('/pullRequest/get', { pull_request_id }))
}

export async function decisionsOf(api: Client, pull_request_id: string): Promise<ShownDecision[]> {
  return bodyOf(await api.get('/decision/get', { pull_request_id })).decisions
}

export async function kindsOf(api: Client, id: string): Promise<string[]> {
  return (await decisionsOf(api, id)).map(({ kind }) => kind)
}

/** Why each candidate of the newest decision could not be chosen. */
export async function exclusionsOf(api: Client, id: string): Promise<Record<string, string | null>> {
  const candidates = (await decisionsOf(api, id)).at(-1)!.candidates
  return Object.fromEntries(candidates.map(({ user_id, exclusion }) => [user_id, exclusion]))
}

export async function setPolicy(api: Client, team_name: string, settings: object): Promise<void> {
  bodyOf(await api.post('/team/setPolicy', { team_name, ...settings }))
}

export async function setLimits(api: Client, user_id: string, limits: object): Promise<void> {
  bodyOf(await api.post('/member/setLimits', { user_id, ...limits }))
}

export async function setRamp(api: Client, user_id: string, level: string, mentor_id?: string): Promise<void> {
  bodyOf(await api.post('/member/setRamp', { user_id, level, ...(mentor_id !== undefined && { mentor_id }) }))
}

/** Somebody is away from now on, for so long. */
export async function sendAway(api: Client, user_id: string, forMs = 86_400_000): Promise<void> {
  const [from, to] = [Date.now() - 60_000, Date.now() + forMs].map((ms) => new Date(ms).toISOString())
  bodyOf(await api.post('/absence/add', { user_id, from, to }))
}

/** Waits until no seat of these pull requests is empty. */
export async function untilFilled(api: Client, ids: readonly string[]): Promise<void> {
  for (const id of ids) await until(async () => !(await shown(api, id)).needMoreReviewers)
}

/** Waits until the process has learned of so many changes who knows what. */
export async function untilLearned(api: Client, changes: number): Promise<void> {
  await until(async () => {
    const status = bodyOf(await api.get('/expertise/status'))
    return status.state === 'current' && status.changes >= changes
  })
}

/** For each of some, so many at a time. */
export async function inParallel<Item>(items: readonly Item[], at: number, work: (item: Item) => Promise<unknown>) {
  const waiting = items.values()
  await Promise.all(
    Array.from({ length: at }, async () => {
      for (const item of waiting) await work(item)
    }),
  )
}

/** Decides every recorded decision again: how many there are, and which come out otherwise. */
export async function replayed({ url }: Pick<TestDatabase, 'url'>): Promise<{ replayed: number; differing: string[] }> {
  const db = connectTo({ url }, { poolSize: 2, statementTimeoutMs: 20_000 })
  try {
    const report = await replayDecisions(contextOf(db))
    const differing = report.differences.map(({ record }) => `${record.pullRequestId} ${record.number}`)
    return { replayed: report.replayed, differing }
  } finally {
    await db.close()
  }
}
