import { describe, expect, test } from 'bun:test'
import { freshDatabase } from '../../testing/database.ts'
import { remindingOn, titleIn, tokenIn } from '../../testing/reminding.ts'

const database = await freshDatabase()
const { smtp, client, notifying, aRemindedTeam, setReminders, create, after, mailsTo, reviewerOf, open } =
  await remindingOn(database)

describe('a review that nobody answers', () => {
  test('is brought to mind once, then a replacement is proposed once, and nothing is done', async () => {
    const [author] = await aRemindedTeam('quiet', 4)
    const reviewer = await create('quiet-pr', author!)
    await after(3.9)
    expect(smtp.mails).toEqual([])
    await after(0.2)
    expect(mailsTo(reviewer).map(({ subject }) => subject)).toEqual(['Waiting for your review: Change quiet-pr'])
    await after(3.5)
    expect(smtp.mails).toHaveLength(1)
    await after(1)

    expect(mailsTo(reviewer)).toHaveLength(2)
    expect(mailsTo(author!).map(({ text }) => text!.split('\n')[0])).toEqual([
      `Name of ${reviewer} has not answered “Change quiet-pr” for 8 working hours.`,
    ])
    for (const hours of [1, 24, 240]) await after(hours)
    expect(smtp.mails).toHaveLength(3)
    expect(await reviewerOf('quiet-pr')).toBe(reviewer)
  })

  test('that was acknowledged is not brought to mind', async () => {
    const [author] = await aRemindedTeam('acked', 3)
    const reviewer = await create('acked-pr', author!)
    const acknowledge = () =>
      client.post('/pullRequest/acknowledge', { pull_request_id: 'acked-pr', user_id: reviewer })
    const first = await acknowledge()
    expect([first.status, (await acknowledge()).body]).toEqual([200, first.body])
    const told = (await client.get('/event/list', { subject: 'acked-pr', type: 'reviewer.acknowledged' })).body.events
    expect(told.map(({ data }: any) => data)).toEqual([{ reviewer_id: reviewer }])
    for (const hours of [5, 5, 24]) await after(hours)

    expect(smtp.mails).toEqual([])
  })

  test('that is merged or somebody else’s by then is not, and the other begins anew', async () => {
    const [author] = await aRemindedTeam('moved', 4)
    await create('moved-pr1', author!)
    await client.post('/pullRequest/merge', { pull_request_id: 'moved-pr1' })
    const before = await create('moved-pr2', author!)
    await client.post('/pullRequest/reassign', { pull_request_id: 'moved-pr2', old_user_id: before })
    await notifying.tell()
    await after(4.1)

    expect(smtp.mails.map(({ envelopeTo }) => envelopeTo)).toEqual([[`${await reviewerOf('moved-pr2')}@example.org`]])
  })

  test('of a team that wanted no reminders when it was opened waits from when the team wants them', async () => {
    const [author] = await aRemindedTeam('later', 3)
    await setReminders('later', null, null)
    const reviewer = await create('later-pr', author!)
    await after(9)
    expect(mailsTo(reviewer)).toEqual([])
    await setReminders('later', 4, null)
    notifying.setNow(new Date().toISOString())
    await after(3.9)
    expect(mailsTo(reviewer)).toEqual([])
    await after(0.2)

    expect(mailsTo(reviewer)).toHaveLength(1)
  })
})

describe('acknowledging', () => {
  test('is refused to whoever does not review, and of what is merged or unknown', async () => {
    const [author, ...others] = await aRemindedTeam('refuse', 3)
    const reviewer = await create('refuse-pr', author!)
    const other = others.find((id) => id !== reviewer)!
    const acknowledge = async (pull_request_id: string, user_id: string) => {
      const { status, body } = await client.post('/pullRequest/acknowledge', { pull_request_id, user_id })
      return [status, body.error.code]
    }

    expect(await acknowledge('no', reviewer)).toEqual([404, 'NOT_FOUND'])
    expect(await acknowledge('refuse-pr', 'no')).toEqual([404, 'NOT_FOUND'])
    expect(await acknowledge('refuse-pr', other)).toEqual([409, 'NOT_ASSIGNED'])
    await client.post('/pullRequest/merge', { pull_request_id: 'refuse-pr' })
    expect(await acknowledge('refuse-pr', reviewer)).toEqual([409, 'PR_MERGED'])
  })

  test('by the link of a reminder is asked first, and done by the button', async () => {
    const [author] = await aRemindedTeam('link', 3)
    const reviewer = await create('link-pr', author!)
    await after(4.1)
    const token = tokenIn(mailsTo(reviewer)[0], 'I am on it')
    const shown = await open(token)
    expect([shown.status, titleIn(shown), shown.html.includes('<form method="post">')]).toEqual([
      200,
      'Are you on it?',
      true,
    ])
    expect(await database.sql('SELECT FROM review_acknowledgement WHERE pull_request_id = $1', ['link-pr'])).toEqual([])

    for (const _ of [1, 2]) {
      const done = await open(token, 'POST')
      expect([done.status, titleIn(done)]).toEqual([200, 'Thank you'])
    }
    expect(
      await database.sql('SELECT user_id, actor FROM review_acknowledgement WHERE pull_request_id = $1', ['link-pr']),
    ).toEqual([{ user_id: reviewer, actor: `user:${reviewer}` }])
    await after(10)
    expect(mailsTo(author!)).toEqual([])
  })
})

describe('a link that is none', () => {
  test.each(['', 'x', 'a.b', '..', '%00', 'eyJ9.AAAA', 'x'.repeat(5000)])(
    'is refused with a page: %j',
    async (token) => {
      for (const method of ['GET', 'POST']) {
        const page = await open(token, method)
        expect([page.status, titleIn(page)]).toEqual([403, 'This link does not work'])
      }
    },
  )

  test('is refused in Russian to who reads it', async () => {
    const response = await fetch(`${client.url}/link?token=x`, { headers: { 'Accept-Language': 'ru-RU,ru;q=0.9' } })

    expect(await response.text()).toContain('<html lang="ru">')
  })

  test.each(['PUT', 'PATCH', 'DELETE'])('and %s is not allowed', async (method) => {
    const response = await fetch(`${client.url}/link?token=x`, { method })

    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  })
})
