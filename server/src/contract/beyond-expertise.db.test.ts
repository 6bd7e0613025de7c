import { describe, expect, test } from 'bun:test'
import { aTeam, ids } from '../testing/builders.ts'
import { until } from '../testing/change-feed.ts'
import type { Client } from '../testing/client.ts'
import { freshDatabase } from '../testing/database.ts'
import { bodyOf, decisionsOf, inParallel, merge, open, replayed, setPolicy, untilLearned } from '../testing/deciding.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database)
const another = startServer(database)
/** How many pull requests were merged. */
let merged = 0

function files(...paths: string[]): object {
  return { files: paths.map((path) => ({ path, added: 10, deleted: 5 })) }
}

/** Somebody reviews a change of these files, and it is merged. */
async function reviewed(client: Client, author: string, reviewer: string, ...paths: string[]): Promise<void> {
  const id = crypto.randomUUID()
  const [first] = await open(client, id, author, files(...paths))
  const instead = first === undefined || first === reviewer ? {} : { instead_of: first }
  bodyOf(await client.post('/pullRequest/assign', { pull_request_id: id, user_id: reviewer, ...instead }))
  await merge(client, id)
  merged++
}

async function team(name: string, members = 6, settings: object = {}): Promise<string[]> {
  const people = ids(`${name}-`, members)
  await aTeam(api, { name, members: people })
  await setPolicy(api, name, { policy: 'expertise', reviewers_wanted: 1, load_weight: 0, ...settings })
  return people
}

async function firstChoice(client: Client, author: string, ...paths: string[]): Promise<string> {
  return (await open(client, crypto.randomUUID(), author, files(...paths)))[0]!
}

describe('the policy expertise', () => {
  test('before anything is known goes by open reviews', async () => {
    const [author, ...others] = await team('blank', 5)

    const chosen = []
    for (let turn = 0; turn < 8; turn++) chosen.push(await firstChoice(api, author!, 'blank/a.ts'))

    for (const user_id of others) expect(chosen.filter((id) => id === user_id)).toHaveLength(2)
  })

  test('prefers who reviewed those files, then those of the directory', async () => {
    const [author, , search, , payments, writer] = await team('paths')
    for (let round = 0; round < 3; round++) {
      await reviewed(api, author!, search!, 'paths/search/index.ts')
      await reviewed(api, author!, payments!, 'paths/payments/card.ts')
    }
    await untilLearned(api, merged)

    expect(await firstChoice(api, writer!, 'paths/search/index.ts')).toBe(search!)
    expect(await firstChoice(api, writer!, 'paths/search/new.ts')).toBe(search!)
    expect(await firstChoice(api, writer!, 'paths/payments/card.ts')).toBe(payments!)
    expect(await firstChoice(api, writer!, 'paths/payments/deep/er/new.ts')).toBe(payments!)
  })

  test('keeps the files of different repositories apart', async () => {
    const [author, , web, app, writer] = await team('repositories')
    for (let round = 0; round < 3; round++) {
      for (const [repository, reviewer] of [
        ['r/web', web!],
        ['r/app', app!],
      ] as const) {
        const id = crypto.randomUUID()
        const [first] = await open(api, id, author!, { repository, ...files('index.ts') })
        const instead = first === reviewer ? {} : { instead_of: first }
        await api.post('/pullRequest/assign', { pull_request_id: id, user_id: reviewer, ...instead })
        await merge(api, id)
        merged++
      }
    }
    await untilLearned(api, merged)

    for (const [repository, expected] of [
      ['r/web', web!],
      ['r/app', app!],
    ] as const) {
      expect(await open(api, `in ${repository}`, writer!, { repository, ...files('index.ts') })).toEqual([expected])
    }
  })

  test.each([1, 2])(
    'shows the parts of each score, which add up; the %d highest are chosen',
    async (reviewers_wanted) => {
      const name = `score${reviewers_wanted}`
      const [author, , known, , writer] = await team(name, 6, { load_weight: 1, reviewers_wanted })
      for (let round = 0; round < 2; round++) await reviewed(api, author!, known!, `${name}/a.ts`)
      await untilLearned(api, merged)
      await open(api, name, writer!, files(`${name}/a.ts`))

      const [decision] = await decisionsOf(api, name)

      expect(decision!.candidates).toHaveLength(6)
      for (const { score } of decision!.candidates) {
        const { total, first_seat_total, ...parts } = score!
        const sum = Object.values(parts).reduce((all, part) => all + part, 0)
        expect(Object.keys(parts).toSorted()).toEqual(['affinity', 'load', 'path', 'popularity', 'recency'])
        expect(total).toBeCloseTo(sum, 9)
        // The first of several minds a part of the load only.
        expect(parts['load']).toBeLessThanOrEqual(0)
        expect(first_seat_total).toBeWithin(total! - 1e-9, total! - parts['load']! + 1e-9)
      }
      const ranked = decision!.candidates.filter(({ rank }) => rank !== null).toSorted((a, b) => a.rank! - b.rank!)
      const first = reviewers_wanted === 1 ? 'total' : 'first_seat_total'
      const totals = ranked.slice(1).map(({ score }) => score!['total']!)
      expect(ranked[0]!.score![first]).toBe(Math.max(...ranked.map(({ score }) => score![first]!)))
      expect(totals).toEqual(totals.toSorted((a, b) => b - a))
      expect(decision!.assigned).toEqual(ranked.slice(0, reviewers_wanted).map(({ user_id }) => user_id))
    },
  )

  test('spreads what comes at once the more, the more it minds loads', async () => {
    const spreads: number[] = []
    for (const load_weight of [0, 20]) {
      const name = `load${load_weight}`
      const [author, , known, , writer] = await team(name, 6, { load_weight })
      for (let round = 0; round < 3; round++) await reviewed(api, author!, known!, `${name}/a.ts`)
      await untilLearned(api, merged)
      const chosen = new Set<string>()
      for (let turn = 0; turn < 10; turn++) chosen.add(await firstChoice(api, writer!, `${name}/a.ts`))
      spreads.push(chosen.size)
    }

    expect(spreads[0]).toBe(1)
    expect(spreads[1]).toBeGreaterThan(2)
  })

  test('finds the one who knows among 500', async () => {
    const people = await team('many', 500)
    for (let round = 0; round < 2; round++) await reviewed(api, people[0]!, people[321]!, 'many/a.ts')
    await untilLearned(api, merged)

    expect(await firstChoice(api, people[9]!, 'many/a.ts')).toBe(people[321]!)
  })

  test('never asks for what it must not: the author, kept, replaced or inactive, however much they know', async () => {
    const [author, , known, second, writer] = await team('must', 6, { reviewers_wanted: 2 })
    for (let round = 0; round < 3; round++) await reviewed(api, author!, known!, 'must/a.ts')
    await untilLearned(api, merged)
    const reviewers = await open(api, 'must', known!, files('must/a.ts'))
    expect(reviewers).not.toContain(known!)
    await open(api, 'must-2', writer!, files('must/a.ts'))
    const { body } = await api.post('/pullRequest/reassign', { pull_request_id: 'must-2', old_user_id: known! })
    expect(body.pr.assigned_reviewers).not.toContain(known!)
    await api.post('/users/setIsActive', { user_id: known!, is_active: false })

    expect(await open(api, 'must-3', second!, files('must/a.ts'))).not.toContain(known!)
  })
})

describe('several processes', () => {
  test('what is merged in one is known in the other within seconds', async () => {
    const [author, , known, , writer] = await team('told')
    await firstChoice(another, writer!, 'told/other.ts')
    await untilLearned(another, merged)
    for (let round = 0; round < 3; round++) await reviewed(api, author!, known!, 'told/a.ts')

    await untilLearned(another, merged)

    expect(await firstChoice(another, writer!, 'told/a.ts')).toBe(known!)
  })

  test('both know the same when both have merged at once', async () => {
    const people = await team('both', 8)
    await inParallel([...ids('both-pr-', 40).entries()], 10, async ([index]) => {
      await reviewed(
        index % 2 === 0 ? api : another,
        people[index % 3]!,
        people[3 + (index % 4)]!,
        `both/${index % 5}.ts`,
      )
    })
    await Promise.all([untilLearned(api, merged), untilLearned(another, merged)])

    const [one, two] = await Promise.all(
      [api, another].map(async (client) => bodyOf(await client.get('/expertise/status'))),
    )
    expect([one.changes, one.places]).toEqual([merged, two.places])
    expect(two.changes).toBe(merged)
  })

  test('one that starts later is ready at once and learns from the database', async () => {
    const [author, , known, , writer] = await team('later')
    for (let round = 0; round < 3; round++) await reviewed(api, author!, known!, 'later/a.ts')

    const later = startServer(database)

    expect((await later.get('/readyz')).status).toBe(200)
    expect(await open(later, 'later-first', writer!)).toHaveLength(1)
    await untilLearned(later, merged)
    await until(async () => (await firstChoice(later, writer!, 'later/a.ts')) === known)
    expect(bodyOf(await later.get('/expertise/status')).changes).toBe(merged)
  })
})

test('after all of it no rule is broken, and every decision comes out the same again', async () => {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
  expect(await replayed(database)).toEqual({ replayed: expect.any(Number), differing: [] })
})
