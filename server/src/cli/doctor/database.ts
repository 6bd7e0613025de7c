import type { DatabaseFacts } from '../../infra/db/database-facts.ts'
import { formatBytes, topic, type Finding } from './finding.ts'

const database = topic('database')
const migrations = topic('migrations')
const clock = topic('clock')
const connections = topic('connections')
const disk = topic('database disk')
const transactions = topic('transactions')
const slots = topic('replication')

const CLOCK_WARNING_MS = 1000
const CLOCK_WRONG_MS = 60_000
const FAR_AWAY_MS = 20
const LONG_TRANSACTION_S = 300
const SLOT_WARNING_BYTES = 2 ** 30
/** Beside its pool a process has one for changes, one for rooms, one for jobs and, at its start, one for migrations. */
const CONNECTIONS_BESIDE_POOL = 4

/** Why the database cannot be used, from what the driver said. */
export function judgeUnreachable(error: unknown): Finding[] {
  const { code = '', message } = error as { code?: string; message: string }
  const [says, next] = reasonOf(code) ?? [message || code, 'Check DATABASE_URL, and that the server runs.']
  return [database.wrong(`cannot be used: ${says}`, next)]
}

function reasonOf(code: string): [string, string] | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return ['nothing listens there.', 'Start PostgreSQL, or correct host and port in DATABASE_URL.']
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['its host name is not known here.', 'Correct the host in DATABASE_URL, or this machine’s DNS.']
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
      return ['it does not answer.', 'Check the network and firewalls between here and the server.']
    case '28P01':
    case '28000':
      return ['it refuses the user or the password.', 'Correct them in DATABASE_URL, or pg_hba.conf of the server.']
    case '3D000':
      return ['there is no such database.', 'Create it (createdb), or correct the name in DATABASE_URL.']
    case '53300':
      return ['all its connections are taken.', 'Raise max_connections, or lower DATABASE_POOL_SIZE of the others.']
    case '57P03':
      return ['it is starting or stopping.', 'Wait, then ask again.']
    default:
      return undefined
  }
}

/** What a database that answers says about itself; `processes` share it by these settings. */
export function judgeDatabase(facts: DatabaseFacts, poolSize: number, processes: number): Finding[] {
  return [
    ...judgeServer(facts),
    ...judgeMigrations(facts),
    judgeClock(facts.aheadMs),
    judgeConnections(facts.connections, poolSize, processes),
    ...(facts.disk === null ? [disk.ok(`not to be seen from here; the database has ${formatBytes(facts.bytes)}`)] : []),
    ...judgeTransaction(facts.oldestTransaction),
    ...judgeSlots(facts.idleSlots),
  ]
}

function judgeServer(facts: DatabaseFacts): Finding[] {
  const found: Finding[] = []
  if (facts.isTooOld) {
    found.push(database.wrong(`is PostgreSQL ${facts.version}.`, 'Use version 15 or newer.'))
  }
  if (facts.isReadOnly) {
    found.push(database.wrong('cannot be written to.', 'Let DATABASE_URL name the primary, and a user who may write.'))
  }
  if (facts.encoding !== 'UTF8') {
    found.push(
      database.wrong(
        `is encoded in ${facts.encoding}.`,
        'Make a new one: createdb --encoding UTF8 --template template0.',
      ),
    )
  }
  if (!facts.isDurable) {
    const next = 'Set fsync and synchronous_commit to on, unless losing answered work is fine.'
    found.push(database.warning('may forget what it has confirmed when it crashes.', next))
  }
  if (facts.roundTripMs > FAR_AWAY_MS) {
    const next = 'Run Tandem near its database: each request waits for at least one such round trip.'
    found.push(database.warning(`is ${Math.round(facts.roundTripMs)} ms away.`, next))
  }
  if (found.length > 0) return found
  return [database.ok(`PostgreSQL ${facts.version}, ${facts.roundTripMs.toFixed(1)} ms away`)]
}

function judgeMigrations({ migrations: state, mayCreate }: DatabaseFacts): Finding[] {
  if ('refusal' in state) return [migrations.wrong(state.refusal.split('\n')[0]!, lastLineOf(state.refusal))]
  const { pending } = state
  if (pending.length === 0) return [migrations.ok('all applied')]
  if (!mayCreate) {
    const next = 'GRANT CREATE ON SCHEMA public to it, or run npm run migrate -- up as a user who may.'
    return [migrations.wrong(`${pending.length} are missing, and this user may not create tables.`, next)]
  }
  return [
    migrations.warning(`not applied yet: ${pending.join(', ')}`, 'npm start applies them, or npm run migrate -- up.'),
  ]
}

function lastLineOf(text: string): string {
  return text.split('\n').at(-1)!
}

export function judgeClock(aheadMs: number): Finding {
  const seconds = `${(Math.abs(aheadMs) / 1000).toFixed(1)} s`
  const says = `of the database is ${seconds} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine’s.`
  const next = 'Set both by NTP (timedatectl set-ntp true): absences, expiry and reminders go by them.'
  if (Math.abs(aheadMs) >= CLOCK_WRONG_MS) return clock.wrong(says, next)
  if (Math.abs(aheadMs) >= CLOCK_WARNING_MS) return clock.warning(says, next)
  return clock.ok('agrees with the database’s')
}

export function judgeConnections(
  { max, used }: DatabaseFacts['connections'],
  poolSize: number,
  processes: number,
): Finding {
  const each = poolSize + CONNECTIONS_BESIDE_POOL
  const wanted = each * processes
  const what = `${processes === 1 ? 'one process' : `${processes} processes`} may take ${wanted} of ${max}`
  const next = 'Raise max_connections of PostgreSQL, or lower DATABASE_POOL_SIZE or the number of processes.'
  if (wanted > max) return connections.wrong(`${what}.`, next)
  if (wanted > max - used) return connections.warning(`${what}, of which others have ${used} now.`, next)
  return connections.ok(`${what}, ${used} are in use now`)
}

export function judgeDisk(
  about: string,
  { freeBytes, bytes }: { freeBytes: number; bytes: number },
  next: string,
): Finding {
  const says = `${formatBytes(freeBytes)} of ${formatBytes(bytes)} free`
  const place = topic(about)
  if (freeBytes < 2 ** 29) return place.wrong(`${says}.`, next)
  if (freeBytes < 2 ** 32 && freeBytes / bytes < 0.1) return place.warning(`${says}.`, next)
  return place.ok(says)
}

export function judgeTransaction(oldest: DatabaseFacts['oldestTransaction']): Finding[] {
  if (oldest === null || oldest.seconds < LONG_TRANSACTION_S) return [transactions.ok('none is open for long')]
  const { pid, application, seconds } = oldest
  const minutes = Math.round(seconds / 60)
  const who = application === '' ? `process ${pid}` : `${application} (process ${pid})`
  const next = `Locks it holds make others wait, and nothing is tidied up: end it, or SELECT pg_terminate_backend(${pid}).`
  return [transactions.warning(`one of ${who} has been open for ${minutes} minutes.`, next)]
}

export function judgeSlots(idle: DatabaseFacts['idleSlots']): Finding[] {
  return idle
    .filter(({ keptBytes }) => keptBytes > SLOT_WARNING_BYTES)
    .map(({ name, keptBytes }) =>
      slots.warning(
        `nobody reads the slot ${name}, for which ${formatBytes(keptBytes)} are kept.`,
        `Start its reader, or SELECT pg_drop_replication_slot('${name}') before the disk is full.`,
      ),
    )
}
