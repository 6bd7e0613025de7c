/** The reference scenario of the field: 20 teams × 200 users × 50 pull requests a team; 60 readers and 60 writers. */
export const reference = { teams: 20, usersPerTeam: 200, pullRequestsPerTeam: 50, readers: 60, writers: 60 }

/** Which write comes next, in percent. */
export const writeMix = { create: 45, reassign: 25, merge: 20, setIsActive: 10 }

export function teamName(team: number): string {
  return `team-${team}`
}

export function userId(team: number, user: number): string {
  return `user-${team}-${user}`
}
