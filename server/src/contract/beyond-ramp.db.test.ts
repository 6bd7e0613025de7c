import { describe, expect, test } from 'bun:test'
import { aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import {
  bodyOf,
  decisionsOf,
  exclusionsOf,
  inParallel,
  merge,
  open,
  replayed,
  sendAway,
  setPolicy,
  setRamp,
  shown,
  untilLearned,
} from '../testing/deciding.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database)
const another = startServer(database)

const policies = ['random', 'round-robin', 'least-loaded', 'expertise'] as const
/** How many pull requests with files were merged. */
let merged = 0

function files(path: string): object {
  return { files: [{ path }] }
}

function reassign(pull_request_id: string, old_user_id: string) {
  return api.post('/pullRequest/reassign', { pull_request_id, old_user_id })
}

describe.each(policies)('under %s', (policy) => {
  test('what a newcomer writes goes to the mentor first', async () => {
    const name = `mentor ${policy}`
    await aTeam(api, { name, members: ids(`${name}-`, 6) })
    await setPolicy(api, name, { policy })
    await setRamp(api, `${name}-1`, 'newcomer', `${name}-4`)

    for (const [index, id] of ids(`${name}-pr-`, 6).entries()) {
      const reviewers = await open(index % 2 === 0 ? api : another, id, `${name}-1`)
      expect([reviewers[0], reviewers.length]).toEqual([`${name}-4`, 2])
    }
    const { candidates } = (await decisionsOf(api, `${name}-pr-1`))[0]!
    const setbacks = Object.fromEntries(candidates.map((each) => [each.user_id, each.setbacks]))
    expect(setbacks).toMatchObject({ [`${name}-4`]: [], [`${name}-5`]: ['NOT_MENTOR'] })
    await sendAway(api, `${name}-4`)
    const others = await open(api, `${name} away`, `${name}-1`)
    expect([others.length, others.includes(`${name}-4`)]).toEqual([2, false])
  })

  test('a newcomer never reviews alone', async () => {
    const name = `alone ${policy}`
    const members = ids(`${name}-`, 6)
    const [author, , , , , ramped] = members
    await aTeam(api, { name, members })
    await setPolicy(api, name, { policy })
    for (const user_id of members.slice(1, 5)) await setRamp(api, user_id, 'newcomer')

    const seen = new Set<string>()
    await inParallel([...ids(`${name}-pr-`, 20).entries()], 4, async ([index, id]) => {
      const reviewers = await open(index % 2 === 0 ? api : another, id, author!)
      expect([reviewers.length, reviewers[0]]).toEqual([2, ramped])
      seen.add(reviewers[1]!)
      expect((await reassign(id, ramped!)).body.error?.code).toBe('NO_CANDIDATE')
      const { body } = await reassign(id, reviewers[1]!)
      expect(body.pr.assigned_reviewers).toContain(ramped)
    })

    if (policy !== 'expertise') expect(seen.size).toBeGreaterThan(1)
    await setPolicy(api, name, { reviewers_wanted: 1 })
    expect(await open(api, `${name} one`, author!)).toEqual([ramped!])
    await api.post('/users/setIsActive', { user_id: ramped, is_active: false })
    expect(await open(another, `${name} none`, author!)).toEqual([])
    expect(await exclusionsOf(api, `${name} none`)).toMatchObject({ [members[1]!]: 'NEWCOMER_ALONE' })
    expect(await shown(api, `${name} none`)).toMatchObject({ missing_reason: { code: 'NEWCOMER_ALONE' } })
  })

  test('a shadow is no reviewer', async () => {
    const name = `apart ${policy}`
    await aTeam(api, { name, members: ids(`${name}-`, 4) })
    await setPolicy(api, name, { policy })
    await setRamp(api, `${name}-2`, 'shadow')

    for (const id of ids(`${name}-pr-`, 4)) {
      expect((await open(api, id, `${name}-1`)).toSorted()).toEqual([`${name}-3`, `${name}-4`])
    }
    expect(await exclusionsOf(api, `${name}-pr-1`)).toMatchObject({ [`${name}-2`]: 'SHADOW' })
  })
})

/** A team of which only the first member, who wrote it, knows `<name>/known.ts`; the last one is a shadow. */
async function teamWithShadow(name: string, shadow_budget: number, members = 5): Promise<string[]> {
  const people = ids(`${name}-`, members)
  await aTeam(api, { name, members: people })
  await setPolicy(api, name, { policy: 'expertise', reviewers_wanted: 0, shadow_budget })
  await open(api, `${name} first`, people[0]!, files(`${name}/known.ts`))
  await merge(api, `${name} first`)
  await setPolicy(api, name, { reviewers_wanted: 1 })
  await setRamp(api, people.at(-1)!, 'shadow')
  merged++
  for (const server of [api, another]) {
    // A process learns once it is asked.
    await open(server, `${name} asks ${server.url}`, people[0]!)
    await untilLearned(server, merged)
  }
  return people
}

describe('a shadow', () => {
  test('learns beside the reviewers where files are at risk, and only there', async () => {
    const people = await teamWithShadow('risk', 1)
    const [author, shadow] = [people[0]!, people.at(-1)!]

    const reviewers = await open(api, 'risk-known', author, files('risk/known.ts'))
    await open(api, 'risk-new', author, files('risk/new.ts'))
    await open(api, 'risk-none', author)

    expect(reviewers).not.toContain(shadow)
    expect(await shown(another, 'risk-known')).toMatchObject({ shadow_reviewer: shadow, assigned_reviewers: reviewers })
    expect(await shown(api, 'risk-new')).toMatchObject({ shadow_reviewer: null })
    expect(await shown(api, 'risk-none')).toMatchObject({ shadow_reviewer: null })
    expect((await api.get('/users/getReview', { user_id: shadow })).body.pull_requests).toEqual([])
    const { by_user } = bodyOf(await api.get('/stats/get', { team_name: 'risk' }))
    expect(by_user.find((one: { user_id: string }) => one.user_id === shadow)).toMatchObject({ open_reviews: 0 })
  })

  test('does not learn what is known to two already', async () => {
    const people = await teamWithShadow('shared', 1)
    await open(api, 'shared-1', people[0]!, files('shared/known.ts'))
    await merge(api, 'shared-1')
    merged++

    await open(api, 'shared-2', people[0]!, files('shared/known.ts'))

    expect((await shown(api, 'shared-1')).shadow_reviewer).toBe(people.at(-1)!)
    expect(await shown(api, 'shared-2')).toMatchObject({ shadow_reviewer: null })
  })

  test('who becomes a reviewer is a shadow no more', async () => {
    const people = await teamWithShadow('becomes', 1)
    await open(api, 'becomes', people[0]!, files('becomes/known.ts'))
    expect((await shown(api, 'becomes')).shadow_reviewer).toBe(people.at(-1)!)

    await api.post('/pullRequest/assign', { pull_request_id: 'becomes', user_id: people.at(-1)! })

    expect(await shown(api, 'becomes')).toMatchObject({
      shadow_reviewer: null,
      chosen_by_hand: [people.at(-1)!],
      assigned_reviewers: expect.arrayContaining([people.at(-1)!]),
    })
  })

  test('who is absent does not learn, nor does anybody from a draft', async () => {
    const people = await teamWithShadow('holiday', 1)
    await open(api, 'holiday-draft', people[0]!, { ...files('holiday/known.ts'), is_draft: true })
    await sendAway(api, people.at(-1)!)

    await open(api, 'holiday', people[0]!, files('holiday/known.ts'))

    expect(await shown(api, 'holiday-draft')).toMatchObject({ shadow_reviewer: null })
    expect(await shown(api, 'holiday')).toMatchObject({ shadow_reviewer: null })
  })

  test.each([0, 0.1, 0.5])('comes to no more than the budget of %d, also on two processes at once', async (budget) => {
    const name = `budget${budget * 10}`
    const people = await teamWithShadow(name, budget)

    await inParallel([...ids(`${name}-pr-`, 60).entries()], 20, async ([index, id]) => {
      await open(index % 2 === 0 ? api : another, id, people[0]!, files(`${name}/known.ts`))
      const [use] = await database.sql<{ all: number; shadowed: number }>(
        'SELECT count(*) AS "all", count(shadow_id) AS shadowed FROM pull_request WHERE team_name = $1',
        [name],
      )
      expect(use!.shadowed).toBeLessThanOrEqual(budget * use!.all)
    })

    const [use] = await database.sql<{ n: number }>(
      'SELECT count(shadow_id) AS n FROM pull_request WHERE team_name = $1',
      [name],
    )
    expect(use!.n).toBe(Math.floor(budget * 63))
  })
})

test('after all of it no rule is broken, and every decision comes out the same again', async () => {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
  expect(await replayed(database)).toEqual({ replayed: expect.any(Number), differing: [] })
})
