import { beforeEach, describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../../testing/builders.ts'
import { freshDatabase } from '../../testing/database.ts'
import { notifyingOn } from '../../testing/notifying.ts'
import { startServer } from '../../testing/server.ts'
import { startSmtp } from '../../testing/smtp.ts'

const database = await freshDatabase()
const smtp = await startSmtp()
const client = startServer(database, { SMTP_URL: smtp.url, MAIL_FROM: 'Tandem <tandem@tandem.example>' })
const notifying = notifyingOn(database, { smtpUrl: smtp.url })
// What happens from here on is told.
await notifying.follow()

beforeEach(() => {
  smtp.mails.length = 0
  smtp.answerRecipientWith(null)
})

function setPreferences(userId: string, wishes: object = {}) {
  const channels = [{ kind: 'email', address: `${userId}@example.org` }]
  return client.post('/notification/setPreferences', { user_id: userId, channels, ...wishes })
}

/** A team whose members all want mail. */
async function aReachableTeam(name: string, size: number): Promise<string[]> {
  const members = ids(`${name}-`, size)
  await aTeam(client, { name, members })
  for (const member of members) expect((await setPreferences(member)).status).toBe(200)
  return members
}

function create(id: string, author: string, more: object = {}) {
  return client.post('/pullRequest/create', { ...aPullRequest({ id, author }), ...more })
}

function mailsTo(userId: string) {
  return smtp.mails.filter(({ envelopeTo }) => envelopeTo.includes(`${userId}@example.org`))
}

async function listed(userId: string): Promise<any[]> {
  return (await client.get('/notification/list', { user_id: userId, limit: '500' })).body.notifications
}

describe('a new pull request', () => {
  test('is told to its reviewers with the reason of the choice, and to its author who reviews', async () => {
    const [author] = await aReachableTeam('plain', 3)
    const url = 'https://git.example.com/shop/web/pull/1?a=1&b=2'
    await create('plain-pr', author!, { pull_request_name: 'Fix <b> & "quotes"', url })
    await notifying.tell()

    const [mail] = mailsTo('plain-2')
    expect(mail).toMatchObject({
      subject: 'Please review: Fix <b> & "quotes"',
      from: { name: 'Tandem', address: 'tandem@tandem.example' },
      messageId: expect.stringMatching(/^<[0-9a-f-]{36}@tandem\.example>$/),
    })
    const lines = mail!.text!.split('\n')
    expect(lines[0]).toBe(`Please review “Fix <b> & "quotes"” <${url}> by Name of plain-1.`)
    expect(lines[1]).toBe('Why you: nobody of the 2 who could be asked had fewer open reviews (you had 0).')
    expect(mail!.html).toContain(
      '<a href="https://git.example.com/shop/web/pull/1?a=1&amp;b=2">Fix &lt;b&gt; &amp; &quot;quotes&quot;</a>',
    )
    expect(mailsTo('plain-1')).toMatchObject([
      { text: expect.stringMatching(/ is reviewed by Name of plain-[23] and Name of plain-[23]\.\n/) },
    ])
    expect(smtp.mails).toHaveLength(3)
  })

  test('is told once, however many processes follow', async () => {
    const [author] = await aReachableTeam('many', 3)
    for (const id of ids('many-pr', 20)) await create(id, author!)
    await notifying.deps.settled.catchUp(5000)
    await Promise.all(Array.from({ length: 4 }, () => notifying.another().follow()))
    await notifying.tell()

    expect(mailsTo('many-2')).toHaveLength(1)
    expect(mailsTo('many-2')[0]!.subject).toBe('Please review (20)')
    expect(await listed('many-2')).toHaveLength(20)
  })

  test('is told to nobody who has not said how', async () => {
    await aTeam(client, { name: 'silent', members: ['silent-1', 'silent-2'] })
    await create('silent-pr', 'silent-1')
    await notifying.tell()

    expect(smtp.mails).toEqual([])
    expect(await listed('silent-2')).toEqual([])
  })

  test('that nobody can review is told to its author with the reason', async () => {
    await aReachableTeam('alone', 1)
    await create('alone-pr', 'alone-1')
    await notifying.tell()

    expect(mailsTo('alone-1')[0]!.text).toStartWith(
      '“Change alone-pr” by Name of alone-1 still needs 2 reviewers: nobody else in the team is active.\n',
    )
  })
})

describe('what happened before somebody wished to be told', () => {
  test('is not told', async () => {
    await aTeam(client, { name: 'past', members: ['past-1', 'past-2', 'past-3'] })
    await create('past-pr', 'past-1')
    await setPreferences('past-2')
    await notifying.tell()

    expect(mailsTo('past-2')).toEqual([])
  })
})

describe('a digest', () => {
  test('of a deactivation of somebody with 30 reviews is one message for each person', async () => {
    const members = await aReachableTeam('bulk', 8)
    const [author, ...others] = members
    await client.post('/team/deactivateMembers', { team_name: 'bulk', user_ids: others.slice(1) })
    for (const id of ids('bulk-pr', 30)) await create(id, author!)
    for (const user_id of others.slice(1)) await client.post('/users/setIsActive', { user_id, is_active: true })
    await notifying.tell()
    smtp.mails.length = 0

    await client.post('/team/deactivateMembers', { team_name: 'bulk', user_ids: [others[0]] })
    await notifying.tell()

    for (const member of members) expect([member, mailsTo(member).length]).toEqual([member, 1])
    expect(mailsTo(others[0]!)[0]!.subject).toBe('No longer yours to review (30)')
    expect(mailsTo(author!)[0]!.subject).toBe('Who reviews (30)')
    expect(mailsTo(others[1]!)[0]!.text).toContain('Why you: whoever reviewed it is not active any more and ')
  })

  test('says how many more there are, where there are too many to show', async () => {
    const [author] = await aReachableTeam('long', 3)
    for (const id of ids('long-pr', 40)) await create(id, author!)
    await notifying.tell()

    const [mail] = mailsTo('long-2')
    expect(mail!.text!.match(/^Please review “/gm)).toHaveLength(30)
    expect(mail!.text).toContain('And 10 more.')
    expect(new Set((await listed('long-2')).map(({ status }) => status))).toEqual(new Set(['sent']))
  })

  test('leaves out what is not so any more when it is sent', async () => {
    const [author] = await aReachableTeam('stale', 4)
    await create('stale-pr', author!)
    const { body } = await client.get('/pullRequest/get', { pull_request_id: 'stale-pr' })
    const [reviewer] = body.assigned_reviewers
    await client.post('/pullRequest/reassign', { pull_request_id: 'stale-pr', old_user_id: reviewer })
    await client.post('/pullRequest/merge', { pull_request_id: 'stale-pr' })
    await notifying.tell()

    expect(mailsTo(reviewer)).toEqual([])
    expect((await listed(reviewer)).map(({ kind, status, problem }) => [kind, status, problem])).toEqual([
      ['relieved', 'dropped', 'it was out of date'],
      ['assigned', 'dropped', 'it was out of date'],
    ])
  })

  test('waits for its window, and what comes meanwhile is in it', async () => {
    const [author] = await aReachableTeam('window', 3)
    await setPreferences('window-2', { digest_minutes: 15 })
    await create('window-pr1', author!)
    await notifying.follow()
    await create('window-pr2', author!)
    await notifying.tell()

    expect(mailsTo('window-2')).toHaveLength(1)
    expect(mailsTo('window-2')[0]!.subject).toBe('Please review (2)')
  })
})

describe('kinds', () => {
  test('that somebody does not want are not told, and those off by default are where wanted', async () => {
    const [author] = await aReachableTeam('kinds', 3)
    await setPreferences('kinds-2', { kinds: ['merged'] })
    await create('kinds-pr', author!)
    await client.post('/pullRequest/merge', { pull_request_id: 'kinds-pr' })
    await notifying.tell()

    expect(mailsTo('kinds-2').map(({ subject }) => subject)).toEqual(['Merged: Change kinds-pr'])
    expect(mailsTo('kinds-3')).toEqual([])
  })

  test('and language follow the team where a person says nothing', async () => {
    const [author] = await aReachableTeam('ruteam', 3)
    await client.post('/notification/setTeamPreferences', {
      team_name: 'ruteam',
      member_defaults: { language: 'ru', kinds: ['assigned'] },
    })
    await create('ru-pr', author!, { pull_request_name: 'Поиск' })
    await notifying.tell()

    expect(smtp.mails).toHaveLength(2)
    const [mail] = mailsTo('ruteam-2')
    expect(mail!.subject).toBe('Нужно ваше ревью: Поиск')
    expect(mail!.text).toStartWith('Пожалуйста, проверьте “Поиск” (автор: Name of ruteam-1).\n')
  })
})

describe('a name that is no name', () => {
  test('injects no header, no recipient and no mark-up', async () => {
    const [author] = await aReachableTeam('inject', 3)
    const name = 'x\r\nBcc: evil@example.org\r\n\r\n<script>alert(1)</script>'
    await create('inject-pr', author!, { pull_request_name: name })
    await notifying.tell()

    const [mail] = mailsTo('inject-2')
    expect(mail!.envelopeTo).toEqual(['inject-2@example.org'])
    expect(mail!.headers.map(({ key }) => key)).not.toContain('bcc')
    expect(mail!.subject).toBe('Please review: x Bcc: evil@example.org <script>alert(1)</script>')
    expect(mail!.html).not.toContain('<script>')
  })
})

describe('a mail server', () => {
  test('that is away for a while gets each message in the end, under one id, with what came meanwhile in one more', async () => {
    const dead = await startSmtp()
    const elsewhere = notifyingOn(database, { smtpUrl: dead.url })
    const [author] = await aReachableTeam('dead', 3)
    await create('dead-pr1', author!)
    await notifying.follow()
    await dead.stop()
    const first = await elsewhere.sendAll()
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect((first[0] as PromiseRejectedResult).reason.message).toMatch(
      /^A message by email was not taken: the mail server cannot be used/,
    )
    const [before] = await listed('dead-2')
    await create('dead-pr2', author!)
    await create('dead-pr3', author!)
    await elsewhere.tell()

    const again = await startSmtp(dead.port)
    await elsewhere.sendAll()
    await elsewhere.sendAll()
    const mails = again.mails.filter(({ envelopeTo }) => envelopeTo.includes('dead-2@example.org'))
    expect(mails.map(({ subject }) => subject)).toEqual(['Please review: Change dead-pr1', 'Please review (2)'])
    expect(mails[0]!.messageId).toBe(`<${before.message_id}@tandem.example>`)
    expect(new Set((await listed('dead-2')).map(({ status }) => status))).toEqual(new Set(['sent']))
  })

  test('that refuses an address for good is not asked again, and the reason is kept', async () => {
    const [author] = await aReachableTeam('bad', 3)
    smtp.answerRecipientWith((address) => (address.startsWith('bad-2@') ? 550 : null))
    await create('bad-pr', author!)
    const ended = await notifying.tell()

    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect(await listed('bad-2')).toMatchObject([
      { status: 'failed', channel: 'email', problem: 'the mail server answers with 550' },
    ])
    expect(mailsTo('bad-3')).toHaveLength(1)
  })

  test('that says not now is asked again', async () => {
    const [author] = await aReachableTeam('grey', 3)
    let refusals = 1
    smtp.answerRecipientWith((address) => (address.startsWith('grey-2@') && refusals-- > 0 ? 450 : null))
    await create('grey-pr', author!)
    await notifying.tell()
    expect(await listed('grey-2')).toMatchObject([{ status: 'waiting' }])
    await notifying.sendAll()

    expect(await listed('grey-2')).toMatchObject([{ status: 'sent' }])
  })

  test('that takes nothing for a day is given up', async () => {
    const [author] = await aReachableTeam('day', 2)
    smtp.answerRecipientWith(() => 450)
    await create('day-pr', author!)
    await notifying.tell()
    await database.sql(
      `UPDATE notification_channel SET message_at = now() - interval '25 hours' WHERE recipient_id = 'day-2'`,
    )
    await notifying.sendAll()

    expect(await listed('day-2')).toMatchObject([{ status: 'failed', problem: 'the mail server answers with 450' }])
  })
})

describe('at night', () => {
  test('nothing is sent, and in the morning all of it at once', async () => {
    const [author] = await aReachableTeam('night', 3)
    const quiet_hours = { from: '20:00', to: '09:00', weekends: true }
    await setPreferences('night-2', { time_zone: 'Europe/Berlin', quiet_hours, digest_minutes: 0 })
    // The night in which clocks are put forward, after a Friday evening.
    notifying.setNow('2026-03-27T20:00:00Z')
    await create('night-pr1', author!)
    await create('night-pr2', author!)
    await notifying.follow()
    expect(await notifying.dueInMinutes()).toContain((24 * 2 + 11) * 60)
    await notifying.tell()
    expect(mailsTo('night-2')).toEqual([])
    expect(await notifying.dueInMinutes()).toEqual([(24 * 2 + 11) * 60])

    notifying.setNow('2026-03-30T07:00:00Z')
    await notifying.sendAll()
    expect(mailsTo('night-2').map(({ subject }) => subject)).toEqual(['Please review (2)'])
  })

  test('whoever gives up quiet hours is told at once', async () => {
    const [author] = await aReachableTeam('awake', 2)
    const quiet_hours = { from: '20:00', to: '09:00', weekends: false }
    await setPreferences('awake-2', { quiet_hours, digest_minutes: 0, kinds: ['assigned'] })
    await setPreferences(author!, { kinds: [] })
    notifying.setNow('2026-11-17T21:00:00Z')
    await create('awake-pr', author!)
    await notifying.tell()
    expect(await notifying.dueInMinutes()).toEqual([12 * 60])
    await setPreferences('awake-2', { quiet_hours: { from: null, to: null, weekends: false } })

    expect(await notifying.dueInMinutes()).toEqual([0])
    await notifying.sendAll()
    expect(mailsTo('awake-2')).toHaveLength(1)
  })
})
