import { expect, test } from 'bun:test'
import { planDemo } from './plan.ts'

const size = { teams: 20, users: 200, pullRequestsPerTeam: 50, seed: 1 }

test('the same seed plans the same organisation, another seed another one', () => {
  expect(planDemo(size)).toEqual(planDemo(size))
  expect(planDemo({ ...size, seed: 2 })).not.toEqual(planDemo(size))
})

test.each([
  size,
  { teams: 1, users: 1, pullRequestsPerTeam: 0, seed: 7 },
  { teams: 200, users: 10_000, pullRequestsPerTeam: 1, seed: 3 },
])('teams, people and pull requests are as many as asked for, and each different: %p', (asked) => {
  const { teams } = planDemo(asked)
  const members = teams.flatMap(({ team }) => team.members)
  const pullRequests = teams.flatMap((team) => team.pullRequests)

  expect(new Set(teams.map(({ team }) => team.team_name)).size).toBe(asked.teams)
  expect(members).toHaveLength(asked.users)
  expect(new Set(members.map(({ user_id }) => user_id)).size).toBe(asked.users)
  expect(new Set(pullRequests.map(({ id }) => id)).size).toBe(asked.teams * asked.pullRequestsPerTeam)
  expect(teams.every(({ team }) => team.members.length > 0)).toBeTrue()
})

test('it is believable: teams of uneven sizes, a few people away, most pull requests merged, some reassigned', () => {
  const { teams } = planDemo(size)
  const members = teams.flatMap(({ team }) => team.members)
  const pullRequests = teams.flatMap((team) => team.pullRequests)
  const share = <Item>(items: readonly Item[], has: (item: Item) => boolean) => items.filter(has).length / items.length

  expect(new Set(teams.map(({ team }) => team.members.length)).size).toBeGreaterThan(3)
  expect(share(members, ({ is_active }) => !is_active)).toBeWithin(0.01, 0.08)
  expect(share(pullRequests, ({ isMerged }) => isMerged)).toBeWithin(0.8, 0.95)
  expect(share(pullRequests, ({ isReassigned }) => isReassigned)).toBeWithin(0.03, 0.1)
  expect(new Set(pullRequests.map(({ name }) => name)).size).toBeGreaterThan(200)
})

test('authors are members, and the team of which two go on holiday is large enough to take over', () => {
  const { teams, holidayTeam } = planDemo(size)

  for (const { team, pullRequests } of teams) {
    const ids = team.members.map(({ user_id }) => user_id)
    expect(pullRequests.every(({ authorId }) => ids.includes(authorId))).toBeTrue()
  }
  expect(teams.map(({ team }) => team)).toContain(holidayTeam!)
  expect(holidayTeam!.members.filter(({ is_active }) => is_active).length).toBeGreaterThanOrEqual(4)
  expect(planDemo({ ...size, teams: 2, users: 4 }).holidayTeam).toBeNull()
})

test('nobody changes team when teams are added', () => {
  const teamOf = (users: number, teams: number) =>
    new Map(
      planDemo({ ...size, teams, users }).teams.flatMap(({ team }) =>
        team.members.map(({ user_id }) => [user_id, team.team_name] as const),
      ),
    )
  const before = teamOf(200, 20)
  const after = teamOf(400, 30)

  expect([...before].filter(([id, team]) => (after.get(id) ?? team) !== team)).toEqual([])
})
