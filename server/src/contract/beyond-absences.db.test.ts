import { describe, expect, test } from 'bun:test'
import { aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database)
const other = startServer(database)

const DAY_MS = 86_400_000
const tomorrow = dayFromNow(1)

function dayFromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)
}

function midnightOf(day: string): string {
  return `${day}T00:00:00.000000Z`
}

async function versionOf(teamName: string): Promise<number> {
  const [row] = await database.sql<{ version: string }>(
    'SELECT roster_version::text AS version FROM team WHERE team_name = $1',
    [teamName],
  )
  return Number(row!.version)
}

async function absencesOf(user_id: string, query: Record<string, string> = {}) {
  return (await api.get('/absence/list', { user_id, ...query })).body.absences
}

function add(user_id: string, from: string, to: string, absence_id?: string) {
  return api.post('/absence/add', { user_id, from, to, ...(absence_id === undefined ? {} : { absence_id }) })
}

describe('absence/add', () => {
  test('notes that somebody is away, for themself and for the team', async () => {
    await aTeam(api, { name: 'away', members: ['away-1', 'away-2'] })
    const before = await versionOf('away')

    const { status, body } = await add('away-1', '2199-12-24', '2200-01-02T09:30:00.5+01:00', 'holiday')

    const absence = {
      absence_id: 'holiday',
      user_id: 'away-1',
      from: '2199-12-24T00:00:00.000000Z',
      to: '2200-01-02T08:30:00.500000Z',
      source: 'hand',
    }
    expect({ status, body }).toEqual({ status: 201, body: { absence } })
    expect(await absencesOf('away-1')).toEqual([absence])
    expect((await api.get('/absence/list', { team_name: 'away' })).body.absences).toEqual([absence])
    const { user_id: _, ...shown } = absence
    expect((await api.get('/member/get', { user_id: 'away-1' })).body.absences).toEqual([shown])
    expect(await versionOf('away')).toBe(before + 1)
  })

  test('needs no id', async () => {
    await aTeam(api, { name: 'nameless', members: ['nameless-1'] })

    const answers = [await add('nameless-1', tomorrow, dayFromNow(2)), await add('nameless-1', tomorrow, dayFromNow(2))]

    expect(new Set(answers.map(({ body }) => body.absence.absence_id)).size).toBe(2)
    expect(await absencesOf('nameless-1')).toHaveLength(2)
  })

  test('repeated with the same id has one effect, and another absence cannot take the id', async () => {
    await aTeam(api, { name: 'repeat', members: ['repeat-1', 'repeat-2'] })
    const first = await add('repeat-1', tomorrow, dayFromNow(3), 'repeated')
    const before = await versionOf('repeat')

    const again = await add('repeat-1', midnightOf(tomorrow), dayFromNow(3), 'repeated')
    const longer = await add('repeat-1', tomorrow, dayFromNow(4), 'repeated')
    const ofAnother = await add('repeat-2', tomorrow, dayFromNow(3), 'repeated')

    expect(again).toMatchObject({ status: 201, body: first.body })
    for (const { status, body } of [longer, ofAnother]) {
      expect({ status, code: body.error.code }).toEqual({ status: 409, code: 'ABSENCE_EXISTS' })
    }
    expect(await versionOf('repeat')).toBe(before)
    expect(await absencesOf('repeat-1')).toEqual([first.body.absence])
  })

  test('with one id from two processes at once adds one', async () => {
    await aTeam(api, { name: 'race', members: ['race-1'] })
    const body = { user_id: 'race-1', from: tomorrow, to: dayFromNow(2), absence_id: 'raced' }

    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? api : other).post('/absence/add', body)),
    )

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
    expect(await absencesOf('race-1')).toHaveLength(1)
  })

  test('ends at a thousand that are not over', async () => {
    await aTeam(api, { name: 'full', members: ['full-1'] })
    await database.sql(
      `INSERT INTO absence SELECT 1, 'full-' || n, 'full-1', now() - interval '2 days',
        now() + (CASE WHEN n <= 1000 THEN 1 ELSE -1 END) * interval '1 day', 'hand' FROM generate_series(2, 1500) AS g (n)`,
    )

    const [last, tooMany] = [
      await add('full-1', tomorrow, dayFromNow(2)),
      await add('full-1', tomorrow, dayFromNow(3), 'too-many'),
    ]

    expect(last.status).toBe(201)
    expect(tooMany).toMatchObject({ status: 409, body: { error: { code: 'TOO_MANY_ABSENCES' } } })
    expect((await api.get('/member/get', { user_id: 'full-1' })).body.absences).toHaveLength(1000)
  })

  test('finds no stranger', async () => {
    expect(await add('stranger', tomorrow, dayFromNow(2))).toMatchObject({
      status: 404,
      body: { error: { code: 'NOT_FOUND' } },
    })
  })

  const good = { from: '2199-01-01', to: '2199-01-02' }

  test.each<[object, string]>([
    [{ to: '2199-01-01' }, 'to'],
    [{ to: '2198-12-31' }, 'to'],
    [{ from: '2199-01-01T02:00:00+02:00', to: '2199-01-01T00:00:00Z' }, 'to'],
    [{ from: undefined }, 'from'],
    [{ from: null }, 'from'],
    [{ from: 4_102_444_800 }, 'from'],
    [{ from: 'tomorrow' }, 'from'],
    [{ from: '2199-02-30' }, 'from'],
    [{ from: '2199-01-01T00:00:00' }, 'from'],
    [{ from: '2199-01-01T25:00:00Z' }, 'from'],
    [{ from: '0001-01-01' }, 'from'],
    [{ to: 'infinity' }, 'to'],
    [{ absence_id: '' }, 'absence_id'],
    [{ absence_id: 'x'.repeat(256) }, 'absence_id'],
    [{ reason: 'surgery' }, 'reason'],
  ])('refuses %j and changes nothing', async (fields, names) => {
    if ((await api.get('/team/get', { team_name: 'odd' })).status === 404) {
      await aTeam(api, { name: 'odd', members: ['odd-1'] })
    }
    const before = await versionOf('odd')

    const { status, body } = await api.post('/absence/add', { user_id: 'odd-1', ...good, ...fields })

    expect({ status, error: body.error }).toEqual({
      status: 400,
      error: { code: 'INVALID_REQUEST', message: expect.stringContaining(names) },
    })
    expect(await absencesOf('odd-1')).toEqual([])
    expect(await versionOf('odd')).toBe(before)
  })
})

describe('absence/remove', () => {
  test('takes an absence back, once', async () => {
    await aTeam(api, { name: 'back', members: ['back-1'] })
    const { body: added } = await add('back-1', tomorrow, dayFromNow(2), 'back')
    await add('back-1', tomorrow, dayFromNow(9), 'stays')
    const before = await versionOf('back')

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.post('/absence/remove', { absence_id: 'back' })),
    )

    const done = answers.filter(({ status }) => status === 200)
    expect(done.map(({ body }) => body)).toEqual([added])
    for (const { status, body } of answers) if (status !== 200) expect(body.error.code).toBe('NOT_FOUND')
    expect((await absencesOf('back-1')).map((one: { absence_id: string }) => one.absence_id)).toEqual(['stays'])
    expect(await versionOf('back')).toBe(before + 1)
  })
})

describe('absence/list', () => {
  test('shows those not over by user and end, a page at a time', async () => {
    const members = ids('page-', 5)
    await aTeam(api, { name: 'page', members })
    await aTeam(api, { name: 'beside', members: ['page-3b'] })
    for (const user of members) {
      for (const days of [30, 10, 20]) await add(user, tomorrow, dayFromNow(days), `${user} ${days}`)
      await add(user, '2020-01-01', '2020-01-02', `${user} past`)
    }
    await add('page-3b', tomorrow, dayFromNow(5), 'of-another-team')

    for (const limit of ['1', '4', '15']) {
      const shown: string[] = []
      for (let cursor = ''; ;) {
        const { body } = await api.get('/absence/list', { team_name: 'page', limit, ...(cursor && { cursor }) })
        shown.push(...body.absences.map((one: { absence_id: string }) => one.absence_id))
        if (body.next_cursor === null) break
        cursor = body.next_cursor
      }
      expect(shown).toEqual(members.flatMap((user) => [`${user} 10`, `${user} 20`, `${user} 30`]))
    }
    const all = await absencesOf('page-2', { from: '2019-01-01' })
    expect(all[0]).toMatchObject({ absence_id: 'page-2 past', from: '2020-01-01T00:00:00.000000Z' })
    expect(all).toHaveLength(4)
  })

  test.each([
    'x',
    '',
    cursorOf(['a']),
    cursorOf(['a', 'yesterday', 'b']),
    cursorOf(['a', '2026-01-01T00:00:00Z', 'b']),
  ])('refuses %j as a cursor', async (cursor) => {
    const { status, body } = await api.get('/absence/list', { cursor })

    expect(status).toBe(400)
    expect(body.error.message).toContain('cursor')
  })
})

function cursorOf(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

describe('absence/importCalendar', () => {
  function calendarOf(...days: string[]): string {
    const events = days.map((day) => {
      const date = day.replaceAll('-', '')
      return `BEGIN:VEVENT\r\nUID:${day}\r\nDTSTART;VALUE=DATE:${date}\r\nSUMMARY:secret reason\r\nEND:VEVENT\r\n`
    })
    return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${events.join('')}END:VCALENDAR\r\n`
  }

  function importOf(user_id: string, content: string) {
    return api.post('/absence/importCalendar', { user_id, content })
  }

  test('takes the absences of a calendar instead of those before, beside those by hand', async () => {
    await aTeam(api, { name: 'import', members: ['import-1', 'import-2'] })
    await add('import-1', tomorrow, dayFromNow(60), 'by-hand')
    const before = await versionOf('import')

    const first = await importOf('import-1', calendarOf(dayFromNow(10), dayFromNow(20)))
    const kept = await absencesOf('import-1')
    const second = await importOf('import-1', calendarOf(dayFromNow(20), dayFromNow(30)))

    expect(first).toMatchObject({ status: 200, body: { imported: { user_id: 'import-1', absences: 2 } } })
    expect(second.body).toEqual({ imported: { user_id: 'import-1', absences: 2 } })
    const now = await absencesOf('import-1')
    expect(now.map((one: { from: string; source: string }) => [one.from, one.source])).toEqual([
      [midnightOf(dayFromNow(20)), 'calendar'],
      [midnightOf(dayFromNow(30)), 'calendar'],
      [midnightOf(tomorrow), 'hand'],
    ])
    expect(now[0]).toEqual(kept[1])
    expect(JSON.stringify(now)).not.toContain('secret')
    expect(await versionOf('import')).toBe(before + 2)
    expect(await absencesOf('import-2')).toEqual([])
  })

  test('repeated changes nothing', async () => {
    await aTeam(api, { name: 'same', members: ['same-1'] })
    await importOf('same-1', calendarOf(tomorrow))
    const [before, absences] = [await versionOf('same'), await absencesOf('same-1')]

    expect((await importOf('same-1', calendarOf(tomorrow))).status).toBe(200)

    expect(await versionOf('same')).toBe(before)
    expect(await absencesOf('same-1')).toEqual(absences)
  })

  test('what is over goes without anybody having to look again', async () => {
    await aTeam(api, { name: 'past', members: ['past-1'] })
    const before = await versionOf('past')

    expect((await importOf('past-1', calendarOf(dayFromNow(-3)))).body.imported.absences).toBe(1)

    expect(await versionOf('past')).toBe(before)
    expect(await absencesOf('past-1', { from: '2020-01-01' })).toHaveLength(1)
  })

  test('reads days where the member works', async () => {
    await aTeam(api, { name: 'zone', members: ['zone-1'] })
    const working_hours = { time_zone: 'Asia/Tokyo', days: [1], start: '09:00', end: '18:00' }
    await api.post('/member/setLimits', { user_id: 'zone-1', working_hours })

    await importOf('zone-1', calendarOf(dayFromNow(5)))

    expect(await absencesOf('zone-1')).toMatchObject([{ from: `${dayFromNow(4)}T15:00:00.000000Z` }])
  })

  test.each(['', 'hello', calendarOf(tomorrow).slice(0, -10)])(
    'refuses %j and keeps what is known',
    async (content) => {
      if ((await api.get('/team/get', { team_name: 'kept' })).status === 404) {
        await aTeam(api, { name: 'kept', members: ['kept-1'] })
        await importOf('kept-1', calendarOf(tomorrow))
      }

      const { status, body } = await importOf('kept-1', content)

      expect({ status, error: body.error }).toEqual({
        status: 400,
        error: { code: 'INVALID_REQUEST', message: expect.stringContaining('content') },
      })
      expect(await absencesOf('kept-1')).toHaveLength(1)
    },
  )

  test('an absence of a calendar is removed in the calendar', async () => {
    await aTeam(api, { name: 'source', members: ['source-1'] })
    await importOf('source-1', calendarOf(tomorrow))
    const [{ absence_id }] = await absencesOf('source-1')

    expect(await api.post('/absence/remove', { absence_id })).toMatchObject({
      status: 409,
      body: { error: { code: 'ABSENCE_OF_CALENDAR' } },
    })
  })

  test('twenty at once for one person leave the absences of one of them', async () => {
    await aTeam(api, { name: 'crowd', members: ['crowd-1'] })

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => importOf('crowd-1', calendarOf(dayFromNow(10 + n * 2), dayFromNow(100)))),
    )

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(await absencesOf('crowd-1')).toHaveLength(2)
  })

  test('finds no stranger', async () => {
    expect(await importOf('stranger', calendarOf(tomorrow))).toMatchObject({
      status: 404,
      body: { error: { code: 'NOT_FOUND' } },
    })
  })
})
