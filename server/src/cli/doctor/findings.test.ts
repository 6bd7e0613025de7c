import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { settings } from '../../config.ts'
import type { DatabaseFacts } from '../../infra/db/database-facts.ts'
import { judgeClock, judgeConnections, judgeDatabase, judgeDisk, judgeUnreachable } from './database.ts'
import { formatFindings, type Finding } from './finding.ts'
import { judgeMachine, type MachineFacts } from './machine.ts'
import { judgeRedis } from './redis.ts'
import { judgeSettings } from './settings.ts'

const GIB = 2 ** 30
const well: DatabaseFacts = {
  version: '18.1',
  isTooOld: false,
  isReadOnly: false,
  encoding: 'UTF8',
  isDurable: true,
  mayCreate: true,
  aheadMs: 3,
  roundTripMs: 0.4,
  connections: { max: 97, used: 10 },
  bytes: GIB,
  disk: null,
  oldestTransaction: null,
  idleSlots: [],
  migrations: { pending: [] },
}
const machine: MachineFacts = {
  nowMs: Date.UTC(2026, 10, 21),
  installedMs: Date.UTC(2026, 10, 1),
  cores: 4,
  memoryBytes: 8 * GIB,
  freeMemoryBytes: 4 * GIB,
  openFiles: 65_536,
}
const wants = { processes: 1, cacheMiB: 128, requestsInFlight: 400, poolSize: 16 }

function troubles(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ about, state, says }) => (state === 'ok' ? [] : [`${state} ${about}: ${says}`]))
}

function databaseTroubles(facts: Partial<DatabaseFacts>): string[] {
  return troubles(judgeDatabase({ ...well, ...facts }, 16, 1))
}

test('what is well is no trouble', () => {
  expect(databaseTroubles({})).toEqual([])
  expect(troubles(judgeMachine(machine, wants))).toEqual([])
  expect(troubles(judgeSettings({ PATH: '/bin', HOME: '/root', PORT: '80' }))).toEqual([])
})

test('every wrong setting is named, and a slip in a name with what was meant', () => {
  const environment = { PORT: 'x', LOG_LEVEL: 'loud', DATABSE_URL: 'x', REDIS_ULR: 'x', POT: '1' }

  expect(troubles(judgeSettings(environment))).toEqual([
    expect.stringContaining('wrong settings: PORT must be a whole number'),
    expect.stringContaining('wrong settings: LOG_LEVEL must be one of'),
    'warning settings: DATABSE_URL is no setting.',
    'warning settings: REDIS_ULR is no setting.',
  ])
  expect(judgeSettings(environment)[2]!.next).toContain('DATABASE_URL')
})

test('a name with one letter left out is taken for the setting it was, and a right one for no slip', () => {
  const long = Object.keys(settings).filter((name) => name.length >= 8)
  fc.assert(
    fc.property(fc.constantFrom(...long), fc.nat(), (name, place) => {
      const at = place % name.length
      const slip = name.slice(0, at) + name.slice(at + 1)

      const meant = judgeSettings({ [slip]: 'x' }).map(({ next }) => next ?? '')
      expect(meant.join()).toContain('If you mean ')
      expect(troubles(judgeSettings({ [name]: '' }))).toEqual([])
    }),
  )
})

describe('the database', () => {
  test.each<[string, Partial<DatabaseFacts>]>([
    ['wrong database: is PostgreSQL 18.1.', { isTooOld: true }],
    ['wrong database: cannot be written to.', { isReadOnly: true }],
    ['wrong database: is encoded in LATIN1.', { encoding: 'LATIN1' }],
    ['warning database: may forget what it has confirmed when it crashes.', { isDurable: false }],
    ['warning database: is 35 ms away.', { roundTripMs: 35 }],
    ['warning migrations: not applied yet: 0003_events', { migrations: { pending: ['0003_events'] } }],
    [
      'wrong migrations: 1 are missing, and this user may not create tables.',
      { migrations: { pending: ['0003_events'] }, mayCreate: false },
    ],
    ['wrong migrations: The database is newer.', { migrations: { refusal: 'The database is newer.\nStart that.' } }],
    [
      'warning transactions: one of psql (process 7) has been open for 10 minutes.',
      { oldestTransaction: { pid: 7, application: 'psql', seconds: 600 } },
    ],
    [
      'warning replication: nobody reads the slot old, for which 3.0 GiB are kept.',
      { idleSlots: [{ name: 'old', keptBytes: 3 * GIB }] },
    ],
  ])('%s', (trouble, facts) => {
    expect(databaseTroubles(facts)).toEqual([trouble])
  })

  test('short transactions and slots that keep little are no trouble', () => {
    const oldestTransaction = { pid: 7, application: 'psql', seconds: 20 }
    expect(databaseTroubles({ oldestTransaction, idleSlots: [{ name: 'new', keptBytes: 1 }] })).toEqual([])
  })

  test.each([
    [0, 'ok'],
    [-999, 'ok'],
    [1000, 'warning'],
    [-59_999, 'warning'],
    [60_000, 'wrong'],
    [-3_600_000, 'wrong'],
  ])('a clock that is %i ms ahead is %s', (aheadMs, state) => {
    expect(judgeClock(aheadMs).state).toBe(state as Finding['state'])
  })

  test('the processes together may not take more connections than there are', () => {
    const stateWith = (processes: number, used: number) => judgeConnections({ max: 97, used }, 16, processes).state

    expect([stateWith(4, 0), stateWith(4, 18), stateWith(1, 78), stateWith(5, 0)]).toEqual([
      'ok',
      'warning',
      'warning',
      'wrong',
    ])
  })

  test.each([
    ['ECONNREFUSED', 'nothing listens there', 'Start PostgreSQL'],
    ['ENOTFOUND', 'host name is not known', 'DNS'],
    ['28P01', 'refuses the user or the password', 'pg_hba.conf'],
    ['3D000', 'no such database', 'createdb'],
    ['53300', 'connections are taken', 'max_connections'],
    ['XX000', 'something else', 'Check DATABASE_URL'],
  ])('that cannot be used (%s) says why', (code, says, next) => {
    const [finding] = judgeUnreachable(Object.assign(new Error('something else'), { code }))

    expect(finding).toMatchObject({ state: 'wrong' })
    expect([finding!.says, finding!.next]).toEqual([expect.stringContaining(says), expect.stringContaining(next)])
  })
})

test('a disk is full below half a GiB, and nearly so below a tenth of it and 4 GiB', () => {
  const stateOf = (freeGiB: number, sizeGiB: number) =>
    judgeDisk('disk', { freeBytes: freeGiB * GIB, bytes: sizeGiB * GIB }, 'Make room.').state

  expect([stateOf(0.4, 1), stateOf(3, 100), stateOf(3, 20), stateOf(50, 1000)]).toEqual([
    'wrong',
    'warning',
    'ok',
    'ok',
  ])
})

describe('the machine', () => {
  test.each<[string, Partial<MachineFacts>, Partial<typeof wants>]>([
    ['wrong system clock', { nowMs: 0 }, {}],
    ['warning cores', {}, { processes: 8, cacheMiB: 0 }],
    ['wrong memory', {}, { cacheMiB: 9000 }],
    ['warning memory', { freeMemoryBytes: GIB / 8 }, {}],
    ['wrong open files', { openFiles: 256 }, {}],
    ['warning open files', { openFiles: 1024 }, {}],
  ])('%s', (trouble, facts, wanted) => {
    expect(troubles(judgeMachine({ ...machine, ...facts }, { ...wants, ...wanted }))).toEqual([
      expect.stringContaining(`${trouble}: `),
    ])
  })

  test('that does not say how many files may be open is not asked', () => {
    expect(judgeMachine({ ...machine, openFiles: null }, wants).map(({ about }) => about)).not.toContain('open files')
  })
})

test.each([
  ['8.2.1', 0.3, 'ok'],
  ['5.0.14', 0.3, 'warning'],
  ['7.0.0', 12, 'warning'],
])('Redis %s, %d ms away, is %s', (version, latencyMs, state) => {
  expect(judgeRedis(version, latencyMs).state).toBe(state as Finding['state'])
})

test('findings are lines with their marks, and what to do next below', () => {
  const findings: Finding[] = [
    { about: 'port', state: 'ok', says: 'is free' },
    { about: 'database', state: 'wrong', says: 'is away.', next: 'Start it.' },
  ]

  expect(formatFindings(findings)).toBe('✓ port      is free\n✗ database  is away.\n            → Start it.')
})
