import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { contextOf } from '../app.ts'
import { createPeople, readCalendars } from '../features/people/index.ts'
import { aTeam, ids } from '../testing/builders.ts'
import { connectTo, freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
// The application leaves alone what was tried a day ago; these tests do not.
const api = startServer(database, { CALENDAR_REFRESH_MINUTES: '10080' })
const db = connectTo(database, { poolSize: 8, statementTimeoutMs: 5000 })
afterAll(() => db.close())
const people = createPeople(contextOf(db))
const options = { refreshMinutes: 15, allowPrivate: true, signal: new AbortController().signal }

/** What the feed at a path says; a number is a status. */
const feeds = new Map<string, string | number>()
const asked: string[] = []
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request) => {
    const { pathname } = new URL(request.url)
    asked.push(pathname)
    const feed = feeds.get(pathname) ?? 404
    return typeof feed === 'number' ? new Response('no', { status: feed }) : new Response(feed)
  },
})
afterAll(() => server.stop(true))

let last = 0
let user = ''
let path = ''
beforeEach(async () => {
  user = `feed-${++last}`
  path = `/private-${last}/basic.ics`
  asked.length = 0
  await aTeam(api, { name: `team of ${user}`, members: [user, `${user}b`] })
})

function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

function calendarOf(...days: string[]): string {
  const events = days.map(
    (day) => `BEGIN:VEVENT\nUID:${day}\nDTSTART;VALUE=DATE:${day.replaceAll('-', '')}\nEND:VEVENT\n`,
  )
  return `BEGIN:VCALENDAR\nVERSION:2.0\n${events.join('')}END:VCALENDAR\n`
}

function urlOf(name: string): string {
  return `http://127.0.0.1:${server.port}${name}`
}

/** Names the feed past the API, as one that was just tried. */
async function follow(userId: string, url: string): Promise<void> {
  await database.sql(
    `INSERT INTO member_limit (workspace_id, user_id, calendar_url, calendar_checked_at) VALUES (1, $1, $2, now())`,
    [userId, url],
  )
}

/** Reads this person's feed now, and no other. */
async function read(more: Partial<typeof options> = {}): Promise<number> {
  await database.sql('UPDATE member_limit SET calendar_checked_at = now() WHERE user_id <> $1', [user])
  await database.sql(`UPDATE member_limit SET calendar_checked_at = now() - interval '1 day' WHERE user_id = $1`, [
    user,
  ])
  return readCalendars(people, { ...options, ...more })
}

async function member(user_id = user) {
  return (await api.get('/member/get', { user_id })).body
}

async function daysAway(user_id = user): Promise<string[]> {
  return (await member(user_id)).absences.map((one: { from: string }) => one.from.slice(0, 10))
}

async function version(): Promise<unknown> {
  return (await database.sql('SELECT roster_version FROM team WHERE team_name = $1', [`team of ${user}`]))[0]
}

test('the absences of a feed are those of its owner, and follow it', async () => {
  await follow(user, urlOf(path))
  feeds.set(path, calendarOf(dayFromNow(3), dayFromNow(9)))
  await read()
  expect(await daysAway()).toEqual([dayFromNow(3), dayFromNow(9)])

  feeds.set(path, calendarOf(dayFromNow(9), dayFromNow(12)))
  await read()

  expect(await daysAway()).toEqual([dayFromNow(9), dayFromNow(12)])
  expect(await daysAway(`${user}b`)).toEqual([])
  const { calendar } = await member()
  expect(calendar).toEqual({ url: urlOf('/…'), checked_at: expect.stringContaining('Z'), error: null })
})

test('a feed that says the same makes no new version of the roster', async () => {
  await follow(user, urlOf(path))
  feeds.set(path, calendarOf(dayFromNow(3)))
  await read()
  const before = await version()

  await read()

  expect(asked).toEqual([path, path])
  expect(await version()).toEqual(before)
})

test('the secret part of its URL is in no answer', async () => {
  const answer = await api.post('/member/setCalendar', {
    user_id: user,
    url: 'webcal://calendar.invalid/secret.ics?key=secret',
  })

  expect(answer).toMatchObject({
    status: 200,
    body: { calendar: { url: 'https://calendar.invalid/…', checked_at: null, error: null } },
  })
  expect(JSON.stringify(await member())).not.toContain('secret')
})

describe('a feed that cannot be read says why, and takes no absence away:', () => {
  test.each<[string, string | number, string]>([
    ['it is gone', 404, 'status 404'],
    ['it breaks', 500, 'status 500'],
    ['it asks to log in', '<html>Log in</html>', 'iCalendar'],
    ['it is cut off', calendarOf(dayFromNow(4)).slice(0, -8), 'iCalendar'],
    ['it is too large', calendarOf(dayFromNow(4)).padEnd(2 ** 20 + 1), 'larger than 1048576 bytes'],
  ])('%s', async (_, feed, why) => {
    await follow(user, urlOf(path))
    feeds.set(path, calendarOf(dayFromNow(3)))
    await read()
    const before = await version()

    feeds.set(path, feed)
    await read()

    expect(await daysAway()).toEqual([dayFromNow(3)])
    expect((await member()).calendar.error).toContain(why)
    expect((await member()).calendar.error).not.toContain('private-')
    expect(await version()).toEqual(before)

    feeds.set(path, calendarOf())
    await read()

    expect(await daysAway()).toEqual([])
    expect((await member()).calendar.error).toBeNull()
  })
})

test('a feed of this machine is not asked unless that is allowed', async () => {
  await follow(user, urlOf(path))
  feeds.set(path, calendarOf(dayFromNow(3)))

  await read({ allowPrivate: false })

  expect(asked).toEqual([])
  expect((await member()).calendar.error).toContain('not on the open internet')
})

test('a feed is read again only when it is due, and by one of those who read at once', async () => {
  const others = ids(`${user}-crowd-`, 20)
  await aTeam(api, { name: `crowd of ${user}`, members: others })
  for (const one of others) {
    feeds.set(`/${one}`, calendarOf(dayFromNow(6)))
    await follow(one, urlOf(`/${one}`))
  }
  await database.sql(
    `UPDATE member_limit SET calendar_checked_at = now() - interval '16 minutes' WHERE user_id = ANY ($1)`,
    [others],
  )

  const tried = await Promise.all(Array.from({ length: 4 }, () => readCalendars(people, options)))
  const triedAgain = await readCalendars(people, options)

  expect(tried.reduce((sum, count) => sum + count, 0)).toBe(20)
  expect(asked.toSorted()).toEqual(others.map((one) => `/${one}`))
  expect(triedAgain).toBe(0)
  for (const one of others) expect(await daysAway(one)).toEqual([dayFromNow(6)])
})

test('a feed that is named anew while it is read keeps what the new one says', async () => {
  await follow(user, urlOf('/slow'))
  const reading = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<string>()
  const slow = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async () => {
      reading.resolve()
      return new Response(await answered.promise)
    },
  })
  afterAll(() => slow.stop(true))
  await database.sql('UPDATE member_limit SET calendar_url = $2 WHERE user_id = $1', [user, slow.url.href])

  const done = read()
  await reading.promise
  await database.sql('UPDATE member_limit SET calendar_url = $2 WHERE user_id = $1', [user, urlOf(path)])
  answered.resolve(calendarOf(dayFromNow(3)))
  await done

  expect(await daysAway()).toEqual([])
})

test('without its feed a member keeps only the absences by hand', async () => {
  await follow(user, urlOf(path))
  feeds.set(path, calendarOf(dayFromNow(3)))
  await read()
  await api.post('/absence/add', { user_id: user, from: dayFromNow(20), to: dayFromNow(21) })

  const { status, body } = await api.post('/member/setCalendar', { user_id: user, url: null })

  expect({ status, body }).toEqual({ status: 200, body: { calendar: null } })
  expect(await daysAway()).toEqual([dayFromNow(20)])
  await read()
  expect(asked).toEqual([path])
})

test('the application reads a feed soon after it was named', async () => {
  const alone = startServer(await freshDatabase(), { CALENDAR_ALLOW_PRIVATE: 'true' })
  await aTeam(alone, { name: 'alone', members: [user] })
  feeds.set(path, calendarOf(dayFromNow(3)))

  await alone.post('/member/setCalendar', { user_id: user, url: urlOf(path) })

  for (let isRead = false; !isRead;) {
    await Bun.sleep(100)
    const { body } = await alone.get('/member/get', { user_id: user })
    isRead = body.calendar.checked_at !== null && body.absences.length === 1
  }
  expect(asked).toEqual([path])
})

test('who has a feed imports no calendar', async () => {
  await follow(user, urlOf(path))

  expect(await api.post('/absence/importCalendar', { user_id: user, content: calendarOf() })).toMatchObject({
    status: 409,
    body: { error: { code: 'CALENDAR_HAS_FEED' } },
  })
})

test('reading ends when the process does', async () => {
  await follow(user, urlOf(path))

  expect(await read({ signal: AbortSignal.abort() })).toBe(0)
  expect(asked).toEqual([])
})
