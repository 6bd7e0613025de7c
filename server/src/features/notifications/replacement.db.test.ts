import { describe, expect, test } from 'bun:test'
import { aTeam } from '../../testing/builders.ts'
import { freshDatabase } from '../../testing/database.ts'
import { replayed, sendAway, setLimits } from '../../testing/deciding.ts'
import { LINK_SECRET, remindingOn, titleIn, tokenIn, type LinkPage } from '../../testing/reminding.ts'
import { readGrant, signGrant } from './links/token.ts'

const database = await freshDatabase()
const { client, sibling, mailsTo, reviewerOf, open, aProposal, aRemindedTeam, create, after } =
  await remindingOn(database)
const LINK = 'Let somebody else review'

/** Who is to take over, as the newest mail to somebody says. */
function namedTo(userId: string): string {
  const [, name] = /Shall Name of (\S+) take over\?/.exec(mailsTo(userId).at(-1)?.text ?? '') ?? []
  if (name === undefined) throw new Error(`Nobody is named in:\n${mailsTo(userId).at(-1)?.text}`)
  return name
}

/** A proposal, whom it names, and the link that the author has. */
async function aNamedProposal(name: string, size = 5) {
  const proposal = await aProposal(name, size)
  return { ...proposal, named: namedTo(proposal.author), token: tokenIn(mailsTo(proposal.author)[0], LINK) }
}

function textIn({ html }: LinkPage): string {
  return /<p>(.*)<\/p>/.exec(html)?.[1] ?? ''
}

/** The token that the button of a page sends, where it is not that of the page. */
function nextTokenIn({ html }: LinkPage): string | undefined {
  return /<form method="post" action="\?token=([^"]+)">/.exec(html)?.[1]
}

async function decisionsOf(pull_request_id: string): Promise<any[]> {
  return (await client.get('/decision/get', { pull_request_id })).body.decisions
}

describe('a proposed replacement', () => {
  test('is shown by the link and changes nothing, however often it is opened', async () => {
    const { id, author, reviewer } = await aProposal('shown')
    const token = tokenIn(mailsTo(author)[0], LINK)
    for (const method of ['GET', 'HEAD', 'GET']) expect((await open(token, method)).status).toBe(200)
    const page = await open(token)

    expect(titleIn(page)).toBe('Shall somebody else review?')
    expect(textIn(page)).toBe(`Name of ${namedTo(author)} will review “Change ${id}” instead of Name of ${reviewer}.`)
    expect(nextTokenIn(page)).toBeUndefined()
    expect(await reviewerOf(id)).toBe(reviewer)
    expect(page.headers.get('content-security-policy')).toStartWith(`default-src 'none'; style-src 'sha256-`)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('that author and reviewer accept at once, on two processes, makes one replacement', async () => {
    const { id, author, reviewer } = await aProposal('both', 6)
    const tokens = [author, reviewer].map((each) => tokenIn(mailsTo(each).at(-1), LINK))
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => open(tokens[index % 2]!, 'POST', index % 4 < 2 ? client : sibling)),
    )

    expect(answers.map((answer) => [answer.status, titleIn(answer)])).toEqual(answers.map(() => [200, 'Done']))
    const { body } = await client.get('/decision/get', { pull_request_id: id })
    expect(body.decisions.map(({ kind }: any) => kind)).toEqual(['create', 'reassign'])
    expect([`user:${author}`, `user:${reviewer}`]).toContain(body.decisions[1].actor)
    expect(await reviewerOf(id)).toBe(body.decisions[1].assigned[0])
  })

  test('is out of date once the reviewer was replaced otherwise, even if they are one again', async () => {
    const { id, author, reviewer } = await aProposal('dated')
    const token = tokenIn(mailsTo(author)[0], LINK)
    const { body } = await client.post('/pullRequest/reassign', { pull_request_id: id, old_user_id: reviewer })
    const moved = await open(token, 'POST')
    expect([moved.status, titleIn(moved)]).toEqual([409, 'This is out of date'])
    await client.post('/pullRequest/assign', { pull_request_id: id, user_id: reviewer, instead_of: body.replaced_by })
    const back = await open(token, 'POST')

    expect([back.status, titleIn(back)]).toEqual([409, 'This is out of date'])
    expect(await reviewerOf(id)).toBe(reviewer)
  })

  test('of what is merged says so', async () => {
    const { id, author } = await aProposal('merged')
    await client.post('/pullRequest/merge', { pull_request_id: id })
    const page = await open(tokenIn(mailsTo(author)[0], LINK), 'POST')

    expect([page.status, titleIn(page)]).toEqual([409, 'It is merged'])
  })

  test('that nobody can take says so, and can be accepted later', async () => {
    const { id, author, reviewer } = await aProposal('nobody', 2)
    expect(mailsTo(author)[0]!.text).toContain('At the moment nobody else could.')
    const token = tokenIn(mailsTo(author)[0], LINK)
    const page = await open(token, 'POST')
    expect([page.status, titleIn(page), await reviewerOf(id)]).toEqual([409, 'Nobody is free', reviewer])

    // A team is added once; somebody who joins it is assigned from then on.
    await aTeam(client, { name: 'nobody-else', members: ['nobody-x'] })
    expect((await open(token)).status).toBe(200)
  })

  test('expires', async () => {
    const { author } = await aProposal('old')
    const token = tokenIn(mailsTo(author)[0], LINK)
    // Sent eight days ago: the same grant, made then.
    const grant = readGrant(LINK_SECRET, token)!
    const old = signGrant(LINK_SECRET, { ...grant, expiresS: Math.floor(Date.now() / 1000) - 1 })
    const page = await open(old, 'POST')

    expect([page.status, titleIn(page)]).toEqual([410, 'This link has expired'])
  })
})

describe('accepting', () => {
  test('gives the review to the one who was named to author and reviewer alike, and to nobody else later', async () => {
    const { id, author, reviewer, named, token } = await aNamedProposal('named', 7)
    expect(namedTo(reviewer)).toBe(named)
    for (const by of [token, token, tokenIn(mailsTo(reviewer).at(-1), LINK)]) {
      const done = await open(by, 'POST')
      expect([done.status, textIn(done)]).toEqual([
        200,
        `Name of ${named} reviews “Change ${id}” instead of Name of ${reviewer}.`,
      ])
    }

    const shown = (await decisionsOf(id)).map(({ kind, actor, assigned }) => [kind, actor, assigned])
    expect(shown.slice(1)).toEqual([['reassign', `user:${author}`, [named]]])
    const { body } = await client.get('/event/list', { subject: id, type: 'reviewer.replaced' })
    expect(body.events.map(({ data }: any) => [data.reviewer_id, data.replaced_id])).toEqual([[named, reviewer]])
    const { body: pullRequest } = await client.get('/pullRequest/get', { pull_request_id: id })
    expect(pullRequest.chosen_by_hand).toEqual([])
  })

  test('gives it to that one though others have less to do by now', async () => {
    const { id, author, named, token } = await aNamedProposal('busier')
    await client.post('/pullRequest/create', { pull_request_id: 'busier-2', pull_request_name: 'x', author_id: author })
    await client.post('/pullRequest/assign', { pull_request_id: 'busier-2', user_id: named })
    const done = await open(token, 'POST')

    expect([titleIn(done), await reviewerOf(id)]).toEqual(['Done', named])
    const [, made] = await decisionsOf(id)
    expect([made.kind, made.candidates.map(({ user_id }: any) => user_id)]).toEqual(['reassign', [named]])
  })

  test.each([
    ['is not active', (user_id: string) => client.post('/users/setIsActive', { user_id, is_active: false })],
    ['is away', (userId: string) => sendAway(client, userId)],
    ['has as much as they may', (userId: string) => setLimits(client, userId, { max_open_reviews: 0 })],
    ['is never to be asked', (userId: string) => setLimits(client, userId, { never_assign: true })],
    [
      'reviews it already',
      (user_id: string, pull_request_id: string) => client.post('/pullRequest/assign', { pull_request_id, user_id }),
    ],
  ])('asks again, for somebody else by name, where the one named %s', async (why, hinder) => {
    const { id, reviewer, named, token } = await aNamedProposal(`again-${why.replaceAll(' ', '-')}`)
    await hinder(named, id)
    const before = await decisionsOf(id)
    const pages = [await open(token), await open(token, 'POST'), await open(token, 'POST', sibling)]
    const [, other] = /Tandem would now choose Name of (.*) instead of/.exec(textIn(pages[0]!)) ?? []
    expect([named, reviewer, undefined]).not.toContain(other)
    for (const page of pages) {
      expect([page.status, titleIn(page), textIn(page)]).toEqual([
        200,
        'Shall it be somebody else?',
        `Name of ${named} cannot take over “Change ${id}” any more, and nothing has changed. Tandem would now choose Name of ${other} instead of Name of ${reviewer}.`,
      ])
    }
    expect(await decisionsOf(id)).toEqual(before)

    const next = nextTokenIn(pages[1]!)!
    expect(titleIn(await open(next))).toBe('Shall somebody else review?')
    for (const by of [next, next, token]) {
      expect(textIn(await open(by, 'POST'))).toBe(
        `Name of ${other} reviews “Change ${id}” instead of Name of ${reviewer}.`,
      )
    }
    expect(await decisionsOf(id)).toHaveLength(before.length + 1)
  })

  test('where the one named cannot and nobody else can either says so, and does it once they can', async () => {
    const { id, reviewer, named, token } = await aNamedProposal('alone', 3)
    await client.post('/users/setIsActive', { user_id: named, is_active: false })
    for (const method of ['GET', 'POST']) {
      const page = await open(token, method)
      expect([page.status, titleIn(page), await reviewerOf(id)]).toEqual([409, 'Nobody is free', reviewer])
    }
    await client.post('/users/setIsActive', { user_id: named, is_active: true })

    expect([titleIn(await open(token, 'POST')), await reviewerOf(id)]).toEqual(['Done', named])
  })

  test('two proposals of one who may have one more review, on two processes at once, gives that one one of them', async () => {
    const members = await aRemindedTeam('capped', 5)
    const [author] = members
    const reviewers = [await create('capped-1', author!), await create('capped-2', author!)]
    const [free, ...others] = members.filter((each) => each !== author && !reviewers.includes(each))
    await setLimits(client, free!, { max_open_reviews: 1 })
    for (const each of others) await sendAway(client, each)
    await after(4.1)
    await after(4.1)
    const tokens = reviewers.map((each) => {
      expect(namedTo(each)).toBe(free!)
      return tokenIn(mailsTo(each).at(-1), LINK)
    })
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => open(tokens[index % 2]!, 'POST', index % 4 < 2 ? client : sibling)),
    )

    const now = await Promise.all(['capped-1', 'capped-2'].map(reviewerOf))
    expect(now.filter((each) => each === free)).toHaveLength(1)
    expect(now.filter((each, index) => each === reviewers[index])).toHaveLength(1)
  })

  test('a link from before anybody was named leaves it to Tandem', async () => {
    const { id, reviewer, token } = await aNamedProposal('former')
    const former = signGrant(LINK_SECRET, { ...readGrant(LINK_SECRET, token)!, proposedId: null })
    expect(textIn(await open(former))).toBe(
      `Somebody else will review “Change ${id}” instead of Name of ${reviewer}. Tandem chooses who.`,
    )
    const done = await open(former, 'POST')

    expect(titleIn(done)).toBe('Done')
    expect(await reviewerOf(id)).not.toBe(reviewer)
  })
})

test('who reads Russian is told the name in Russian', async () => {
  const [author] = await aRemindedTeam('russian', 4)
  const channels = [{ kind: 'email', address: `${author}@example.org` }]
  await client.post('/notification/setPreferences', { user_id: author, channels, language: 'ru' })
  const reviewer = await create('russian-pr', author!)
  await after(4.1)
  await after(4.1)
  const mail = mailsTo(author!).find(({ subject }) => subject?.startsWith('Другой ревьюер?'))
  const named = namedTo(reviewer)
  const page = await open(tokenIn(mail, 'Передать другому'))

  expect(mail?.text).toContain(`Новым ревьюером станет Name of ${named}.`)
  expect(textIn(page)).toContain(`станет Name of ${named}.`)
})

test('all that was accepted is made again from its record', async () => {
  expect((await replayed(database)).differing).toEqual([])
})

test('names on pages are text, whatever they hold', async () => {
  const { author, id } = await aProposal('escape')
  await client.post('/pullRequest/update', { pull_request_id: id, pull_request_name: '<script>alert(1)</script>"' })
  const { html } = await open(tokenIn(mailsTo(author)[0], LINK))

  expect(html).not.toContain('<script>')
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;')
})
