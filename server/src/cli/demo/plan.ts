import type { Team, TeamMember } from '../api/types.ts'
import { seededRandom, type SeededRandom } from './seeded-random.ts'
import { firstNames, lastNames, subjects, teamNames, verbs } from './words.ts'

export type DemoSize = { teams: number; users: number; pullRequestsPerTeam: number; seed: number }
export type DemoPullRequest = { id: string; name: string; authorId: string; isReassigned: boolean; isMerged: boolean }
export type DemoTeam = { team: Team; pullRequests: readonly DemoPullRequest[] }
export type DemoPlan = {
  teams: readonly DemoTeam[]
  /** The team of which the two busiest go on holiday and hand over; null where none is large enough. */
  holidayTeam: Team | null
}

export const MAX_TEAMS = 200
/** A prime above MAX_TEAMS, so that the names in a team are as mixed as they can be. */
const PERSON_NUMBERS_APART = 211
const SHARE_OF_INACTIVE = 0.04
const SHARE_OF_REASSIGNED = 0.06
const SHARE_OF_OLD = 0.85
const SHARE_OF_OLD_MERGED = 0.97
const SHARE_OF_NEW_MERGED = 0.25
const MEMBERS_FOR_A_HOLIDAY = 4

/** The whole organisation, the same for the same size and seed. */
export function planDemo({ teams, users, pullRequestsPerTeam, seed }: DemoSize): DemoPlan {
  const planned = sizesOf(teams, users, seed).map((size, index) => {
    const random = seededRandom(seed, `team ${index}`)
    const team = { team_name: teamNameOf(index), members: membersOf(index, size, seed, random) }
    return { team, pullRequests: pullRequestsOf(team, pullRequestsPerTeam, random) }
  })
  return { teams: planned, holidayTeam: largeEnough(planned.map(({ team }) => team)) }
}

/** Teams of uneven sizes, at least one member each. */
function sizesOf(teams: number, users: number, seed: number): number[] {
  const random = seededRandom(seed, 'sizes')
  const weights = Array.from({ length: teams }, () => 0.5 + random.next())
  const perWeight = (users - teams) / weights.reduce((sum, weight) => sum + weight, 0)
  let exact = 0
  let given = 0
  return weights.map((weight) => {
    exact += weight * perWeight
    const size = 1 + Math.round(exact) - given
    given = Math.round(exact)
    return size
  })
}

function teamNameOf(index: number): string {
  const round = Math.floor(index / teamNames.length)
  const name = teamNames[index % teamNames.length]!
  return round === 0 ? name : `${name}-${round + 1}`
}

/** Nobody is in two teams, whatever the sizes: person numbers of a team are its index plus multiples of one step. */
function membersOf(teamIndex: number, size: number, seed: number, random: SeededRandom): TeamMember[] {
  return Array.from({ length: size }, (_, index) => {
    const username = personNameOf(teamIndex + index * PERSON_NUMBERS_APART, seed)
    const user_id = username.toLowerCase().replaceAll(' ', '.')
    return { user_id, username, is_active: random.next() >= SHARE_OF_INACTIVE }
  })
}

/** A different name for each number: a step that shares no factor with the count of names meets each before any again. */
function personNameOf(number: number, seed: number): string {
  const count = firstNames.length * lastNames.length
  const index = (number * 1_327 + seed) % count
  const round = Math.floor(number / count)
  const name = `${firstNames[index % firstNames.length]} ${lastNames[Math.floor(index / firstNames.length)]}`
  return round === 0 ? name : `${name} ${round + 1}`
}

function pullRequestsOf({ team_name, members }: Team, count: number, random: SeededRandom): DemoPullRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${team_name}-${index + 1}`,
    name: `${random.pick(verbs)} ${random.pick(subjects)}`,
    authorId: random.pick(members).user_id,
    isReassigned: random.next() < SHARE_OF_REASSIGNED,
    isMerged: random.next() < (index < SHARE_OF_OLD * count ? SHARE_OF_OLD_MERGED : SHARE_OF_NEW_MERGED),
  }))
}

function largeEnough(teams: readonly Team[]): Team | null {
  return teams.find(({ members }) => activeIdsOf(members).length >= MEMBERS_FOR_A_HOLIDAY) ?? null
}

export function activeIdsOf(members: readonly TeamMember[]): string[] {
  return members.filter(({ is_active }) => is_active).map(({ user_id }) => user_id)
}
