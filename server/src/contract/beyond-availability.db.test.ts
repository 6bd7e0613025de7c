import { describe, expect, test } from 'bun:test'
import { aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import {
  bodyOf,
  decisionsOf,
  exclusionsOf,
  open,
  replayed,
  sendAway,
  setLimits,
  setPolicy,
  shown,
} from '../testing/deciding.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database)
const another = startServer(database)

const policies = ['random', 'round-robin', 'least-loaded', 'expertise'] as const

/** A day of work that is neither today nor close to it, wherever the clock stands. */
function awayFromNow(): object {
  const today = new Date().getUTCDay()
  return { working_hours: { time_zone: 'UTC', days: [((today + 3) % 7) + 1], start: '09:00', end: '17:00' } }
}

const ALWAYS = { working_hours: { time_zone: 'UTC', days: [1, 2, 3, 4, 5, 6, 7], start: '00:00', end: '24:00' } }

async function setbacksOf(id: string): Promise<Record<string, string[]>> {
  const { candidates } = (await decisionsOf(api, id)).at(-1)!
  return Object.fromEntries(candidates.map(({ user_id, setbacks }) => [user_id, setbacks]))
}

async function whyNot(pull_request_id: string, user_id: string) {
  return bodyOf(await api.get('/decision/whyNot', { pull_request_id, user_id }))
}

describe.each(policies)('under %s', (policy) => {
  test('whoever is absent is not asked, by any process', async () => {
    const name = `absent ${policy}`
    await aTeam(api, { name, members: ids(`${name}-`, 5) })
    await setPolicy(api, name, { policy })
    await open(another, `${name} before`, `${name}-1`)
    await sendAway(api, `${name}-2`)
    await sendAway(another, `${name}-3`)

    for (const [index, id] of ids(`${name}-pr-`, 8).entries()) {
      const reviewers = await open(index % 2 === 0 ? api : another, id, `${name}-1`)
      expect(reviewers.toSorted()).toEqual([`${name}-4`, `${name}-5`])
      expect(await exclusionsOf(api, id)).toMatchObject({ [`${name}-2`]: 'ABSENT', [`${name}-3`]: 'ABSENT' })
    }
    expect(await whyNot(`${name}-pr-1`, `${name}-2`)).toMatchObject({ reason: 'ABSENT', rank: null })
  })

  test('off-hours are for when nobody else is there', async () => {
    const name = `hours ${policy}`
    await aTeam(api, { name, members: ids(`${name}-`, 5) })
    await setPolicy(api, name, { policy })
    for (const user_id of [`${name}-2`, `${name}-3`]) await setLimits(api, user_id, awayFromNow())
    await setLimits(api, `${name}-4`, ALWAYS)

    for (const id of ids(`${name}-pr-`, 6)) {
      expect((await open(api, id, `${name}-1`)).toSorted()).toEqual([`${name}-4`, `${name}-5`])
    }
    expect(await setbacksOf(`${name}-pr-1`)).toMatchObject({ [`${name}-2`]: ['OFF_HOURS'], [`${name}-4`]: [] })
    await api.post('/users/setIsActive', { user_id: `${name}-4`, is_active: false })
    const [first, second] = await open(api, `${name} few`, `${name}-1`)
    expect(first).toBe(`${name}-5`)
    expect([`${name}-2`, `${name}-3`]).toContain(second!)
  })

  test('whoever is never assigned is not, nor for an author of theirs', async () => {
    const name = `never ${policy}`
    await aTeam(api, { name, members: ids(`${name}-`, 5) })
    await setPolicy(api, name, { policy })
    await setLimits(api, `${name}-2`, { never_assign: true })
    await setLimits(api, `${name}-3`, { never_assign_authors: [`${name}-1`] })

    for (const id of ids(`${name}-pr-`, 5)) {
      expect((await open(api, id, `${name}-1`)).toSorted()).toEqual([`${name}-4`, `${name}-5`])
    }
    expect(await exclusionsOf(api, `${name}-pr-1`)).toMatchObject({
      [`${name}-2`]: 'NEVER_ASSIGNED',
      [`${name}-3`]: 'NEVER_ASSIGNED',
    })
    await api.post('/users/setIsActive', { user_id: `${name}-1`, is_active: false })
    expect((await open(api, `${name} other`, `${name}-4`)).toSorted()).toEqual([`${name}-3`, `${name}-5`])
    const { status } = await api.post('/pullRequest/reassign', {
      pull_request_id: `${name}-pr-1`,
      old_user_id: `${name}-4`,
    })
    expect(status).toBe(409)
  })

  test('who was chosen last comes after others, where a team does not want repeats', async () => {
    const name = `repeat ${policy}`
    await aTeam(api, { name, members: ids(`${name}-`, 6) })
    await setPolicy(api, name, { policy, avoids_repeats: true })
    let last: string[] = []

    for (const id of ids(`${name}-pr-`, 10)) {
      const reviewers = await open(api, id, `${name}-1`)
      expect(reviewers.filter((reviewer) => last.includes(reviewer))).toEqual([])
      for (const [user_id, setbacks] of Object.entries(await setbacksOf(id))) {
        expect([user_id, setbacks]).toEqual([user_id, last.includes(user_id) ? ['CHOSEN_LAST'] : []])
      }
      last = reviewers
    }
  })
})

test('a team that is all off-hours still reviews', async () => {
  await aTeam(api, { name: 'night', members: ids('night-', 3) })
  for (const user_id of ids('night-', 3)) await setLimits(api, user_id, awayFromNow())

  expect((await open(api, 'night', 'night-1')).toSorted()).toEqual(['night-2', 'night-3'])
  expect(await shown(api, 'night')).toMatchObject({ needMoreReviewers: false })
})

test('a team of two does not wait for somebody else than the last one', async () => {
  await aTeam(api, { name: 'pair', members: ['pair-1', 'pair-2'] })
  await setPolicy(api, 'pair', { avoids_repeats: true, reviewers_wanted: 1 })

  for (const id of ids('pair-pr-', 3)) expect(await open(api, id, 'pair-1')).toEqual(['pair-2'])
})

test('a team that is all away misses its reviewers, and open reviews stay with whoever goes', async () => {
  await aTeam(api, { name: 'beach', members: ids('beach-', 3) })
  const reviewers = await open(api, 'beach-1', 'beach-1')
  for (const user_id of ['beach-2', 'beach-3']) await sendAway(api, user_id)

  await open(api, 'beach-2', 'beach-1')

  expect(await shown(api, 'beach-1')).toMatchObject({ assigned_reviewers: reviewers })
  expect(await shown(api, 'beach-2')).toMatchObject({ missing_reviewers: 2, missing_reason: { code: 'ABSENT' } })
})

test('an absence that begins later or is over keeps nobody away', async () => {
  await aTeam(api, { name: 'later', members: ids('later-', 3) })
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  await api.post('/absence/add', { user_id: 'later-2', from: day(1), to: day(2) })
  await api.post('/absence/add', { user_id: 'later-3', from: day(-2), to: day(-1) })

  expect((await open(api, 'later', 'later-1')).toSorted()).toEqual(['later-2', 'later-3'])
})

test('an absence that is taken back keeps nobody away', async () => {
  await aTeam(api, { name: 'back', members: ids('back-', 3) })
  const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString())
  await api.post('/absence/add', { user_id: 'back-2', absence_id: 'back', from, to })
  expect(await open(api, 'back-pr-1', 'back-1')).toEqual(['back-3'])

  await another.post('/absence/remove', { absence_id: 'back' })

  expect((await open(api, 'back-pr-2', 'back-1')).toSorted()).toEqual(['back-2', 'back-3'])
})

test('in a team of 300 those who are there are found among all who are not', async () => {
  const members = ids('mass-', 300)
  await aTeam(api, { name: 'mass', members })
  const there = ['mass-100', 'mass-200']
  await database.sql(
    `INSERT INTO absence SELECT 1, 'mass ' || user_id, user_id, now() - interval '1 day', now() + interval '1 day', 'hand'
     FROM member WHERE team_name = 'mass' AND user_id <> ALL ($1)`,
    [[...there, 'mass-299']],
  )
  await sendAway(api, 'mass-299')

  for (const policy of policies) {
    await setPolicy(api, 'mass', { policy })
    expect((await open(api, `mass ${policy}`, 'mass-001')).toSorted()).toEqual(there)
  }
})

test('a bulk hand-over passes over whoever is absent or never assigned', async () => {
  await aTeam(api, { name: 'hand', members: ids('hand-', 6) })
  await open(api, 'hand', 'hand-1')
  const { assigned_reviewers } = await shown(api, 'hand')
  const [away, never, free] = ids('hand-', 6).filter((id) => id !== 'hand-1' && !assigned_reviewers.includes(id))
  await sendAway(api, away!)
  await setLimits(api, never!, { never_assign: true })

  await api.post('/team/deactivateMembers', { team_name: 'hand', user_ids: [assigned_reviewers[0]] })

  expect((await shown(api, 'hand')).assigned_reviewers).toEqual([free!, assigned_reviewers[1]!])
})

test('after all of it no rule is broken, and every decision comes out the same again', async () => {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
  expect(await replayed(database)).toEqual({ replayed: expect.any(Number), differing: [] })
})
