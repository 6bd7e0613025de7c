import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

type Policy = 'random' | 'round-robin' | 'least-loaded'

const OTHER_SETTINGS = {
  load_weight: 1.2,
  owners_mode: 'off',
  avoids_repeats: false,
  shadow_budget: 0.02,
  trial_policy: null,
}

const database = await freshDatabase()
const api = startServer(database)

/** A team whose author is `<name>-z` and whose other members are `<name>-a`, `<name>-b` … */
async function team(name: string, letters: string, policy?: { policy?: Policy; reviewers_wanted?: number }) {
  await aTeam(api, { name, members: [...letters, 'z'].map((letter) => `${name}-${letter}`) })
  if (policy !== undefined) await api.post('/team/setPolicy', { team_name: name, ...policy })
}

/** Opens a pull request; gives its reviewers by their letters. */
async function reviewersOf(name: string, id: string, author = 'z', client = api): Promise<string> {
  const { body } = await client.post('/pullRequest/create', aPullRequest({ id, author: `${name}-${author}` }))
  return body.pr.assigned_reviewers.map((userId: string) => userId.slice(name.length + 1)).join('')
}

function countLetters(text: string, letters: string): number[] {
  return [...letters].map((letter) => text.split(letter).length - 1)
}

/** Pearson's statistic against equal shares. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

/** With four degrees of freedom, passed by chance once in 10^12 runs. */
const NEVER_BY_CHANCE = 60

test('a team starts with the balanced policy and two reviewers', async () => {
  await team('fresh', 'ab')

  const { body } = await api.get('/team/list')

  expect(body.teams.find((one: { team_name: string }) => one.team_name === 'fresh')).toEqual({
    team_name: 'fresh',
    policy: 'least-loaded',
    reviewers_wanted: 2,
    ...OTHER_SETTINGS,
    members: 3,
    active_members: 3,
  })
})

test('setting both answers with both', async () => {
  await team('set', 'ab')

  const { status, body } = await api.post('/team/setPolicy', {
    team_name: 'set',
    policy: 'round-robin',
    reviewers_wanted: 1,
  })

  expect(status).toBe(200)
  expect(body).toEqual({
    policy: { team_name: 'set', policy: 'round-robin', reviewers_wanted: 1, ...OTHER_SETTINGS },
  })
})

test('what is left out stays as it is', async () => {
  await team('half', 'ab')
  await api.post('/team/setPolicy', { team_name: 'half', reviewers_wanted: 0 })

  const { body } = await api.post('/team/setPolicy', { team_name: 'half', policy: 'random' })

  expect(body).toEqual({
    policy: { team_name: 'half', policy: 'random', reviewers_wanted: 0, ...OTHER_SETTINGS },
  })
})

test('the policy of an unknown team cannot be set', async () => {
  const { status, body } = await api.post('/team/setPolicy', { team_name: 'nowhere', policy: 'random' })

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('nowhere') } })
})

test('a new policy changes no pull request that is open already', async () => {
  await team('open', 'abc')
  const before = await reviewersOf('open', 'open-1')

  await api.post('/team/setPolicy', { team_name: 'open', policy: 'random', reviewers_wanted: 0 })

  const { body } = await api.get('/pullRequest/get', { pull_request_id: 'open-1' })
  expect(body.assigned_reviewers.map((id: string) => id.at(-1)).join('')).toBe(before)
})

describe.each<Policy>(['random', 'round-robin', 'least-loaded'])('under %s', (policy) => {
  test.each([0, 1, 2])('a team that wants %i reviewers gets as many', async (reviewers_wanted) => {
    const name = `${policy} ${reviewers_wanted}`
    await team(name, 'abc', { policy, reviewers_wanted })

    const chosen = await reviewersOf(name, name)

    expect(new Set(chosen).size).toBe(reviewers_wanted)
    expect(chosen).not.toContain('z')
  })

  test('a reassignment replaces one even where the team wants none any more', async () => {
    const name = `${policy} reassign`
    await team(name, 'abc', { policy })
    const [old] = await reviewersOf(name, name)
    await api.post('/team/setPolicy', { team_name: name, reviewers_wanted: 0 })

    const { status, body } = await api.post('/pullRequest/reassign', {
      pull_request_id: name,
      old_user_id: `${name}-${old}`,
    })

    expect(status).toBe(200)
    expect(body.pr.assigned_reviewers).toHaveLength(2)
  })

  test('inactive members are passed over', async () => {
    const name = `${policy} inactive`
    await team(name, 'abcd', { policy })
    for (const letter of 'bd') {
      await api.post('/users/setIsActive', { user_id: `${name}-${letter}`, is_active: false })
    }

    for (const id of ids(name, 10)) expect([...(await reviewersOf(name, id))].toSorted()).toEqual(['a', 'c'])
  })
})

test('under random each eligible member is chosen as often as any other', async () => {
  await team('dice', 'abcde', { policy: 'random', reviewers_wanted: 1 })

  const chosen = await Promise.all(ids('dice-', 400).map((id) => reviewersOf('dice', id)))

  const counts = countLetters(chosen.join(''), 'abcde')
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(400)
  expect(chiSquare(counts)).toBeLessThan(NEVER_BY_CHANCE)
})

test('under random each pair is chosen as often as any other', async () => {
  await team('pairs', 'abcd', { policy: 'random' })

  const chosen = await Promise.all(ids('pairs-', 400).map((id) => reviewersOf('pairs', id)))

  const pairs = chosen.map((pair) => [...pair].toSorted().join(''))
  const counts = ['ab', 'ac', 'ad', 'bc', 'bd', 'cd'].map((pair) => pairs.filter((one) => one === pair).length)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(400)
  expect(chiSquare(counts)).toBeLessThan(NEVER_BY_CHANCE)
})

test('random looks at everybody in a team larger than what one decision looks at', async () => {
  const members = ids('wide-', 100)
  await aTeam(api, { name: 'wide', members })
  await api.post('/team/setPolicy', { team_name: 'wide', policy: 'random' })

  const answers = await Promise.all(
    ids('wide-pr-', 1500).map((id) => api.post('/pullRequest/create', aPullRequest({ id, author: members[0]! }))),
  )

  const chosen = new Set<string>(answers.flatMap(({ body }) => body.pr.assigned_reviewers))
  expect([...chosen].toSorted()).toEqual(members.slice(1))
})

test('under least-loaded a tie is drawn by lot', async () => {
  await team('tie', 'abcde', { reviewers_wanted: 1 })
  let chosen = ''

  for (const id of ids('tie-', 300)) {
    chosen += await reviewersOf('tie', id)
    await api.post('/pullRequest/merge', { pull_request_id: id })
  }

  expect(chosen).toHaveLength(300)
  expect(chiSquare(countLetters(chosen, 'abcde'))).toBeLessThan(NEVER_BY_CHANCE)
})

test('under least-loaded nobody is ever more than one review ahead of anybody else', async () => {
  await team('even', 'abcdefg')
  let chosen = ''

  for (const id of ids('even-', 60)) {
    chosen += await reviewersOf('even', id)
    const counts = countLetters(chosen, 'abcdefg')
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  }

  expect(chosen).toHaveLength(120)
})

test('under least-loaded pull requests opened at once are spread just as evenly', async () => {
  await team('burst', 'abcdefg')

  const chosen = await Promise.all(ids('burst-', 70).map((id) => reviewersOf('burst', id)))

  expect(countLetters(chosen.join(''), 'abcdefg')).toEqual(Array.from({ length: 7 }, () => 20))
})

test('under least-loaded a merged review is no load', async () => {
  await team('merged', 'ab', { reviewers_wanted: 1 })
  const first = await reviewersOf('merged', 'merged-1')
  const second = await reviewersOf('merged', 'merged-2')
  expect([first, second].toSorted()).toEqual(['a', 'b'])

  await api.post('/pullRequest/merge', { pull_request_id: 'merged-2' })

  expect(await reviewersOf('merged', 'merged-3')).toBe(second)
})

test('under least-loaded a reassigned review is load of the one who took it', async () => {
  await team('taken', 'abc', { reviewers_wanted: 1 })
  const first = await reviewersOf('taken', 'taken-1')
  const { body } = await api.post('/pullRequest/reassign', {
    pull_request_id: 'taken-1',
    old_user_id: `taken-${first}`,
  })

  const next = [await reviewersOf('taken', 'taken-2'), await reviewersOf('taken', 'taken-3')]

  expect([...next, String(body.replaced_by).at(-1)!].toSorted()).toEqual(['a', 'b', 'c'])
})

describe('under round-robin', () => {
  test('reviewers take exact turns by user id', async () => {
    await team('turns', 'abcde', { policy: 'round-robin' })
    const chosen: string[] = []

    for (const id of ids('turns-', 6)) chosen.push(await reviewersOf('turns', id))

    expect(chosen).toEqual(['ab', 'cd', 'ea', 'bc', 'de', 'ab'])
  })

  test('an author is passed over, and the turn goes on after those who took it', async () => {
    await team('authors', 'abcd', { policy: 'round-robin', reviewers_wanted: 1 })
    const chosen: string[] = []

    for (const [index, author] of ['a', 'b', 'c', 'z', 'd', 'z'].entries()) {
      chosen.push(await reviewersOf('authors', `authors-${index}`, author))
    }

    expect(chosen).toEqual(['b', 'c', 'd', 'a', 'b', 'c'])
  })

  test('whoever is switched off loses their turn, and has it again when switched on', async () => {
    await team('switch', 'abc', { policy: 'round-robin', reviewers_wanted: 1 })
    const setActive = (is_active: boolean) => api.post('/users/setIsActive', { user_id: 'switch-b', is_active })
    const chosen: string[] = []

    for (const id of ids('switch-', 9)) {
      if (id === 'switch-2') await setActive(false)
      if (id === 'switch-6') await setActive(true)
      chosen.push(await reviewersOf('switch', id))
    }

    expect(chosen.join('')).toBe('acacabcab')
  })

  test('a pull request that is refused takes no turn', async () => {
    await team('refused', 'abc', { policy: 'round-robin', reviewers_wanted: 1 })
    const first = await reviewersOf('refused', 'refused-1')
    await api.post('/pullRequest/create', aPullRequest({ id: 'refused-1', author: 'refused-z' }))

    expect([first, await reviewersOf('refused', 'refused-2')]).toEqual(['a', 'b'])
  })

  test('a reassignment takes the next turn', async () => {
    await team('next', 'abcd', { policy: 'round-robin', reviewers_wanted: 1 })
    await reviewersOf('next', 'next-1')

    const { body } = await api.post('/pullRequest/reassign', { pull_request_id: 'next-1', old_user_id: 'next-a' })

    expect([body.replaced_by, await reviewersOf('next', 'next-2')]).toEqual(['next-b', 'c'])
  })

  test('the turn survives a restart and is shared by all servers', async () => {
    await team('shared', 'abcde', { policy: 'round-robin', reviewers_wanted: 1 })
    const another = startServer(database)
    const chosen: string[] = []

    for (const [index, id] of ids('shared-', 7).entries()) {
      chosen.push(await reviewersOf('shared', id, 'z', index % 2 === 0 ? api : another))
    }

    expect(chosen.join('')).toBe('abcdeab')
  })

  test('pull requests opened at once on two servers give everybody the same number of turns', async () => {
    await team('crowd', 'abcde', { policy: 'round-robin', reviewers_wanted: 1 })
    const another = startServer(database)

    const chosen = await Promise.all(
      ids('crowd-', 50).map((id, index) => reviewersOf('crowd', id, 'z', index % 2 === 0 ? api : another)),
    )

    expect(countLetters(chosen.join(''), 'abcde')).toEqual([10, 10, 10, 10, 10])
  })

  test('the turn goes round a team of 200 before anybody has a second one', async () => {
    const members = ids('round-', 200)
    await aTeam(api, { name: 'round', members: [...members, 'zed'] })
    await api.post('/team/setPolicy', { team_name: 'round', policy: 'round-robin' })

    const answers = await Promise.all(
      ids('round-pr-', 100).map((id) => api.post('/pullRequest/create', aPullRequest({ id, author: 'zed' }))),
    )

    const chosen: string[] = answers.flatMap(({ body }) => body.pr.assigned_reviewers)
    expect(chosen.toSorted()).toEqual(members)
  })
})

test('all that was written here keeps the rules of the contract', async () => {
  const found = await violations(database)

  expect(found).toEqual(noViolations(found))
})
