import type { ApiClient } from './client.ts'
import type { Team } from './types.ts'

/** `present` has all the people it should have, whatever else; `different` lacks some of them and was left alone. */
export type AddedTeam = { state: 'added' | 'present' | 'different'; team: Team }

/** Adds the team, or finds out what is there under its name. */
export async function addTeam(client: ApiClient, team: Team): Promise<AddedTeam> {
  const { refusal } = await client.post('/team/add', team, ['TEAM_EXISTS'])
  if (refusal === null) return { state: 'added', team }
  const found = await client.get<Team>('/team/get', { team_name: team.team_name })
  const foundIds = new Set(found.members.map(({ user_id }) => user_id))
  const isSame = team.members.every(({ user_id }) => foundIds.has(user_id))
  return { state: isSame ? 'present' : 'different', team: found }
}
