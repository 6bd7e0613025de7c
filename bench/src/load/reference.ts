/** The reference scenario of the field: 20 teams × 200 users × 50 pull requests a team; 60 readers and 60 writers. */
export const reference = { teams: 20, usersPerTeam: 200, pullRequestsPerTeam: 50, readers: 60, writers: 60 }

/** What is given for the field's reference service in this scenario; not measured here. */
export const fieldReference = { readsPerSecond: 93, writesPerSecond: 55 }

/** Which write comes next, in percent. */
export const writeMix = { create: 45, reassign: 25, merge: 20, setIsActive: 10 }

/** The share of reads where reads and writes come in one stream. */
export const READ_SHARE = 0.8

/** Teams numbered from `firstTeam` on, with their users. */
export type Population = { firstTeam: number; teams: number; usersPerTeam: number }

export const referencePopulation: Population = {
  firstTeam: 0,
  teams: reference.teams,
  usersPerTeam: reference.usersPerTeam,
}

export function teamName(team: number): string {
  return `team-${team}`
}

export function userId(team: number, user: number): string {
  return `user-${team}-${user}`
}

export function teamPath(team: number): string {
  return `/team/get?team_name=${teamName(team)}`
}

export function reviewsPath(team: number, user: number): string {
  return `/users/getReview?user_id=${userId(team, user)}`
}

export function numbersFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}
