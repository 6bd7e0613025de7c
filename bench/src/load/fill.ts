import { inParallel, member, pullRequest } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { numbersFrom, reference, referencePopulation, teamName, userId, type Population } from './reference.ts'

/** The teams of the population, each with its users and with pull requests that are open. */
export async function fill(
  server: Pick<BenchServer, 'post'>,
  { firstTeam, teams, usersPerTeam }: Population = referencePopulation,
  pullRequestsPerTeam = reference.pullRequestsPerTeam,
): Promise<void> {
  await inParallel(numbersFrom(firstTeam, teams), 20, async (team) => {
    const members = numbersFrom(0, usersPerTeam).map((user) => member(userId(team, user)))
    await server.post('/team/add', { team_name: teamName(team), members })
    for (const number of numbersFrom(0, pullRequestsPerTeam)) {
      await server.post('/pullRequest/create', pullRequest(`first-${team}-${number}`, userId(team, number)))
    }
  })
}
