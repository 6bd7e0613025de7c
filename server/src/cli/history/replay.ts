import { addTeam } from '../api/add-team.ts'
import type { ApiClient } from '../api/client.ts'
import { forEachAtOnce } from '../api/for-each-at-once.ts'
import type { PullRequest, PullRequestAnswer } from '../api/types.ts'
import { CommandError } from '../terminal/command.ts'
import type { HistoryEvent } from './events.ts'
import type { Change } from './read.ts'
import type { HistoryTeam } from './teams.ts'

export type ReplayPlan = {
  teams: readonly HistoryTeam[]
  events: readonly HistoryEvent[]
  /** Stands before every id and team name, so that histories do not meet. */
  prefix: string
}

export type Replayed = {
  teamsAdded: number
  teamsPresent: number
  opened: number
  openedBefore: number
  /** By the id of the change in the history. */
  reviewers: ReadonlyMap<string, readonly string[]>
}

const CONCURRENCY = 32

/** Adds the teams, then sends the events in their order. Doing so again changes nothing and gives the same reviewers. */
export async function replay(client: ApiClient, plan: ReplayPlan, advance: () => void): Promise<Replayed> {
  let teamsAdded = 0
  for (const team of plan.teams) {
    if (await addHistoryTeam(client, team, plan.prefix)) teamsAdded++
    advance()
  }
  const { reviewers, openedBefore } = await sendEvents(client, plan, advance)
  return {
    teamsAdded,
    teamsPresent: plan.teams.length - teamsAdded,
    opened: reviewers.size - openedBefore,
    openedBefore,
    reviewers,
  }
}

async function addHistoryTeam(client: ApiClient, team: HistoryTeam, prefix: string): Promise<boolean> {
  const candidates = new Set(team.candidateIds)
  const planned = {
    team_name: prefix + team.name,
    members: team.memberIds.map((id) => ({ user_id: prefix + id, username: id, is_active: candidates.has(id) })),
  }
  const { state, team: found } = await addTeam(client, planned)
  if (state === 'added') return true
  const foundActive = new Map(found.members.map((member) => [member.user_id, member.is_active]))
  if (planned.members.every((member) => foundActive.get(member.user_id) === member.is_active)) return false
  throw new CommandError(
    `There is a team ${JSON.stringify(found.team_name)} already, and its members are not those of this import.\n` +
      'Choose other names with --prefix, or import with the same options as the first time.',
  )
}

/** A merge waits for its own opening; openings wait for nothing, so that there is always one that goes on. */
async function sendEvents(client: ApiClient, { events, prefix }: ReplayPlan, advance: () => void) {
  const openings = new Map<string, Promise<void>>()
  const reviewers = new Map<string, readonly string[]>()
  let openedBefore = 0

  async function open(change: Change): Promise<void> {
    const { pullRequest, isNew } = await openPullRequest(client, change, prefix)
    if (!isNew) openedBefore++
    reviewers.set(
      change.id,
      pullRequest.assigned_reviewers.map((id) => withoutPrefix(id, prefix)),
    )
  }

  await forEachAtOnce(events, CONCURRENCY, async ({ kind, change }) => {
    if (kind === 'open') {
      const opening = open(change)
      openings.set(change.id, opening)
      await opening
    } else {
      await openings.get(change.id)
      await client.post('/pullRequest/merge', { pull_request_id: prefix + change.id })
    }
    advance()
  })
  return { reviewers, openedBefore }
}

async function openPullRequest(client: ApiClient, { id, title, authorId }: Change, prefix: string) {
  const pullRequestId = prefix + id
  const answer = await client.post<PullRequestAnswer>(
    '/pullRequest/create',
    { pull_request_id: pullRequestId, pull_request_name: title, author_id: prefix + authorId },
    ['PR_EXISTS'],
  )
  if (answer.refusal === null) return { pullRequest: answer.body.pr, isNew: true }
  const pullRequest = await client.get<PullRequest>('/pullRequest/get', { pull_request_id: pullRequestId })
  return { pullRequest, isNew: false }
}

function withoutPrefix(id: string, prefix: string): string {
  return id.startsWith(prefix) ? id.slice(prefix.length) : id
}
