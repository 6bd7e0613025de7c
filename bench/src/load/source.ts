import { getRequest, postRequest } from './connection.ts'
import { numbersFrom, reviewsPath, teamPath, userId, writeMix, type Population } from './reference.ts'
import { changedFiles, REPOSITORY } from './source-tree.ts'
import type { Kind } from './tally.ts'

export type Outgoing = {
  kind: Kind
  request: Uint8Array
  /** Wants the status and the body of the reply. */
  onReply?: (status: number, body: string) => void
}

/** Where the requests of a load come from. */
export type Source = { read: () => Outgoing; write: () => Outgoing }

type OpenReview = { id: string; reviewers: string[] }

/** Reads of a team and of a user's reviews in equal parts, all built beforehand. */
export function readsOf(population: Population): () => Outgoing {
  const teams = numbersFrom(population.firstTeam, population.teams)
  const users = numbersFrom(0, population.usersPerTeam)
  const ofTeams = teams.map((team) => aRead(teamPath(team)))
  const ofUsers = teams.flatMap((team) => users.map((user) => aRead(reviewsPath(team, user))))
  return () => (Math.random() < 0.5 ? ofTeams[below(ofTeams.length)]! : ofUsers[below(ofUsers.length)]!)
}

function aRead(path: string): Outgoing {
  return { kind: 'reads', request: getRequest(path) }
}

export type Creates = {
  /** How the ids begin. */
  idsFrom: string
  population: Population
  /** Changed files; null for the contract's three fields alone. */
  filesEach: number | null
}

/** Creates by random authors. */
export function createsOf(
  { idsFrom, population, filesEach }: Creates,
  onCreated?: (review: OpenReview) => void,
): () => Outgoing {
  let created = 0
  return () => {
    const id = `${idsFrom}-${created++}`
    const { firstTeam, teams, usersPerTeam } = population
    const team = firstTeam + below(teams)
    const request = postRequest('/pullRequest/create', {
      pull_request_id: id,
      pull_request_name: id,
      author_id: userId(team, below(usersPerTeam)),
      ...(filesEach === null ? {} : { repository: REPOSITORY, files: changedFiles(team, filesEach, below) }),
    })
    if (onCreated === undefined) return { kind: 'writes', request }
    return {
      kind: 'writes',
      request,
      onReply: (status, body) => {
        if (status === 201) onCreated({ id, reviewers: reviewersIn(body) })
      },
    }
  }
}

/** The reference's mix of writes; reassignments and merges go to pull requests that this stream opened. */
export function writesOf(creates: Creates): () => Outgoing {
  const { population } = creates
  const open: OpenReview[] = []
  const inactive: string[] = []
  const create = createsOf(creates, (review) => open.push(review))

  function reassign({ id, reviewers }: OpenReview): Outgoing {
    return {
      kind: 'writes',
      request: postRequest('/pullRequest/reassign', { pull_request_id: id, old_user_id: reviewers[0] }),
      onReply: (status, body) => {
        if (status === 200) open.push({ id, reviewers: reviewersIn(body) })
      },
    }
  }

  function merge({ id }: OpenReview): Outgoing {
    return { kind: 'writes', request: postRequest('/pullRequest/merge', { pull_request_id: id }) }
  }

  function setIsActive(): Outgoing {
    const away = inactive.pop()
    const user = away ?? aUser(population)
    return {
      kind: 'writes',
      request: postRequest('/users/setIsActive', { user_id: user, is_active: away !== undefined }),
      onReply: () => {
        if (away === undefined) inactive.push(user)
      },
    }
  }

  return () => {
    const turn = Math.random() * 100
    if (turn < writeMix.setIsActive) return setIsActive()
    const review = turn < writeMix.setIsActive + writeMix.create ? undefined : takeAny(open)
    if (review === undefined || review.reviewers.length === 0) return create()
    return turn < writeMix.setIsActive + writeMix.create + writeMix.reassign ? reassign(review) : merge(review)
  }
}

function takeAny(open: OpenReview[]): OpenReview | undefined {
  const index = below(open.length)
  const review = open[index]
  const last = open.pop()
  if (index < open.length && last !== undefined) open[index] = last
  return review
}

function reviewersIn(body: string): string[] {
  return (JSON.parse(body) as { pr: { assigned_reviewers: string[] } }).pr.assigned_reviewers
}

function aUser({ firstTeam, teams, usersPerTeam }: Population): string {
  return userId(firstTeam + below(teams), below(usersPerTeam))
}

function below(bound: number): number {
  return Math.floor(Math.random() * bound)
}
