import { afterAll, describe, expect, test } from 'bun:test'
import { contextOf } from '../../app.ts'
import { reviewPolicies } from '../../shared/roster.ts'
import { aTeam, ids } from '../../testing/builders.ts'
import { connectTo, freshDatabase } from '../../testing/database.ts'
import { decisionsOf, merge, open, replayed, sendAway, setLimits, setPolicy } from '../../testing/deciding.ts'
import { noViolations, violations } from '../../testing/invariants.ts'
import { startServer } from '../../testing/server.ts'
import { snapshotOf } from '../../testing/snapshot.ts'
import { createOwners } from '../owners/index.ts'
import { createPeople } from '../people/index.ts'
import { createReviews, previewReplacements, reassignReviewer, type Reviews } from './index.ts'

const database = await freshDatabase()
const api = startServer(database)
const [one, other] = [aProcess(), aProcess()]

function aProcess(): Reviews {
  const db = connectTo(database, { poolSize: 4, statementTimeoutMs: 20_000 })
  const context = contextOf(db)
  const reviews = createReviews(context, {
    rosters: createPeople(context).rosters,
    owners: createOwners(context).files,
  })
  afterAll(async () => {
    await reviews.expertise.close()
    await db.close()
  })
  return reviews
}

async function preview(
  pullRequestId: string,
  reviewerId: string,
  proposedId: string | null = null,
  by = one,
): Promise<string | null> {
  const [answer] = await previewReplacements(by, { kind: 'local' }, [{ pullRequestId, reviewerId, proposedId }])
  return answer!
}

async function accept(pullRequestId: string, oldUserId: string, proposedId: string): Promise<string> {
  const input = { pullRequestId, oldUserId, proposedId }
  const { replacedBy } = await reassignReviewer(other, { actor: { kind: 'user', userId: 'x' }, once: null, input })
  return replacedBy
}

/** A team of an author and others, and the reviewer of a pull request of the author's. */
async function aReview(name: string, size: number, settings: object = {}) {
  const [author, ...others] = ids(`${name}-`, size)
  await aTeam(api, { name, members: [author!, ...others] })
  await setPolicy(api, name, { reviewers_wanted: 1, ...settings })
  const [reviewer] = await open(api, `${name}-pr`, author!)
  return {
    id: `${name}-pr`,
    author: author!,
    reviewer: reviewer!,
    free: others.filter((userId) => userId !== reviewer),
  }
}

describe.each(reviewPolicies)('under %s', (policy) => {
  test('the same is named however often and by whomever it is asked, nothing changes, and who accepts gets that one', async () => {
    const { id, reviewer } = await aReview(`same ${policy}`, 12, { policy, avoids_repeats: true })
    const before = await snapshotOf(database)
    const named = await preview(id, reviewer)
    const again = await Promise.all(
      Array.from({ length: 20 }, (_, index) => preview(id, reviewer, null, index % 2 === 0 ? one : other)),
    )

    expect(new Set([named, ...again]).size).toBe(1)
    expect(await snapshotOf(database)).toEqual(before)
    expect([one.lastChosen.size, one.decided.counts, one.trialTurns.size]).toEqual([0, [], 0])
    expect(await accept(id, reviewer, named!)).toBe(named!)
    expect((await decisionsOf(api, id)).map(({ kind, replaced }) => [kind, replaced])).toEqual([
      ['create', null],
      ['reassign', reviewer],
    ])
  })

  test('a team of which only a part is looked at gives the one named as well', async () => {
    const { id, author, reviewer, free } = await aReview(`large ${policy}`, 90, { policy })
    await setLimits(api, free[40]!, { max_open_reviews: 0 })
    const named = await preview(id, reviewer)
    await open(api, `${id} other`, author)

    expect(await accept(id, reviewer, named!)).toBe(named!)
  })
})

describe('who would take over', () => {
  test('is somebody whom no rule is against, and nobody where there is none', async () => {
    const { id, reviewer, free } = await aReview('rules', 6)
    const [away, full, never, last] = free
    await sendAway(api, away!)
    await setLimits(api, full!, { max_open_reviews: 0 })
    await setLimits(api, never!, { never_assign: true })
    expect(await preview(id, reviewer)).toBe(last!)
    for (const proposed of [away, full, never, reviewer, 'nobody']) {
      expect(await preview(id, reviewer, proposed)).toBe(last!)
    }
    await api.post('/users/setIsActive', { user_id: last, is_active: false })

    expect(await preview(id, reviewer)).toBeNull()
  })

  test('is an owner of the files where the team asks owners only', async () => {
    const { author, free } = await aReview('owned', 6, { owners_mode: 'require' })
    const owners = free.slice(0, 2)
    await api.post('/owners/set', {
      repository: 'shop',
      dialect: 'github',
      content: `* ${owners.map((userId) => `@${userId}`).join(' ')}\n`,
    })
    const [reviewer] = await open(api, 'owned', author, { repository: 'shop', files: [{ path: 'a.ts' }] })

    expect(new Set([reviewer!, await preview('owned', reviewer!)])).toEqual(new Set(owners))
  })

  test('is whoever was proposed as long as they can, though others would come first', async () => {
    const { id, author, reviewer, free } = await aReview('kept', 5)
    for (const proposed of free) expect(await preview(id, reviewer, proposed)).toBe(proposed)
    const [proposed] = free
    await open(api, 'kept-2', author)
    await api.post('/pullRequest/assign', { pull_request_id: 'kept-2', user_id: proposed })
    expect(await preview(id, reviewer)).not.toBe(proposed!)
    expect(await accept(id, reviewer, proposed!)).toBe(proposed!)
    const made = (await decisionsOf(api, id)).at(-1)!

    expect([made.kind, made.actor, made.candidates.map(({ user_id }) => user_id)]).toEqual([
      'reassign',
      'user:x',
      [proposed!],
    ])
  })

  test('is nobody where there is nobody to take over from', async () => {
    const { id, author, reviewer, free } = await aReview('nobody', 4)
    expect(await preview('unknown', reviewer)).toBeNull()
    expect(await preview(id, 'unknown')).toBeNull()
    expect(await preview(id, free[0]!)).toBeNull()
    expect(await preview(id, author)).toBeNull()
    await merge(api, id)

    expect(await preview(id, reviewer)).toBeNull()
    expect(await previewReplacements(one, { kind: 'local' }, [])).toEqual([])
  })
})

test('whoever was proposed and cannot any more is refused, and nobody else gets the review', async () => {
  const { id, reviewer, free } = await aReview('refused', 5)
  await sendAway(api, free[0]!)
  const before = await snapshotOf(database)

  for (const proposed of [free[0]!, reviewer, 'unknown']) {
    const refusal = await accept(id, reviewer, proposed).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ kind: 'conflict', code: 'NO_CANDIDATE' })
  }
  expect(await snapshotOf(database)).toEqual(before)
})

test('who takes over out of turn takes no turn', async () => {
  const { id, author, reviewer } = await aReview('turns', 6, { policy: 'round-robin' })
  expect([reviewer, await preview(id, reviewer)]).toEqual(['turns-2', 'turns-3'])
  expect(await open(api, 'turns a', author)).toEqual(['turns-3'])
  expect(await open(api, 'turns b', author)).toEqual(['turns-4'])
  expect(await accept(id, reviewer, 'turns-3')).toBe('turns-3')

  expect(await open(api, 'turns c', author)).toEqual(['turns-5'])
})

test('all that was accepted is made again from its record, and breaks no rule', async () => {
  const { differing } = await replayed(database)

  expect(differing).toEqual([])
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
})
