import pg from 'pg'
import { AppError } from '../../shared/errors.ts'
import { columnTypes } from './column-types.ts'
import { isAftermath, isRetryable, isUnavailable } from './database-errors.ts'
import { GatheringSocket } from './gathering-socket.ts'

/** A statement with its values; `Row` is what it returns. A name makes it a prepared statement. */
export type Query<Row> = { name?: string; text: string; values: readonly unknown[]; readonly row?: Row }

/** Runs queries in the order given; those sent without waiting share a round trip. */
export type Executor = { run: <Row>(query: Query<Row>) => Promise<Row[]> }

export type Tx = Executor & {
  /** 1 at first, one more each time the work runs again. */
  attempt: number
  /** Runs the last query of the transaction and commits in the same round trip. */
  runAndCommit: <Row>(query: Query<Row>) => Promise<Row[]>
}

export type Db = Executor & {
  /** Commits when `work` resolves, rolls back when it throws; after a deadlock or serialisation failure `work` runs again. */
  transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
  connections: () => Connections
  close: () => Promise<void>
}

/** How many there are, how many of them do nothing, and how many pieces of work wait for one. */
export type Connections = { size: number; idle: number; waiting: number }

export type DbOptions = {
  url: string
  poolSize: number
  connectTimeoutMs: number
  statementTimeoutMs: number
  onError: (error: Error) => void
}

/** What another thread opens connections of its own with. */
export type DbAddress = Pick<DbOptions, 'url' | 'connectTimeoutMs' | 'statementTimeoutMs'>

const TRANSACTION_ATTEMPTS = 5
/** Of the statement timeout. By default it is longer than PostgreSQL takes to find a deadlock, one second. */
const LOCK_TIMEOUT_SHARE = 8

export function openDatabase(options: DbOptions): Db {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    // A plan made while the tables were empty lives as long as its connection.
    maxLifetimeSeconds: 600,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    // A batch that waits for a lock others hold for long makes many wait, in it and for what it holds; it gives up early.
    lock_timeout: Math.ceil(options.statementTimeoutMs / LOCK_TIMEOUT_SHARE),
    options: '-c TimeZone=UTC',
    application_name: 'tandem',
    types: columnTypes,
    pipeline: true,
    stream: () => new GatheringSocket(),
  })
  let isClosing = false
  pool.on('error', (error) => {
    if (!isClosing) options.onError(error)
  })
  // The pool listens to idle connections only. One that breaks in a transaction fails its queries, not the process.
  pool.on('connect', (client) => client.on('error', () => undefined))

  return {
    run: (query) => translateFailure(async () => rowsOf(await pool.query(asConfig(query)))),
    transaction: (work) => translateFailure(() => transaction(pool, work)),
    connections: () => ({ size: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close() {
      isClosing = true
      return pool.end()
    },
  }
}

async function transaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(pool, attempt, work)
    } catch (error) {
      if (!isRetryable(error) || attempt === TRANSACTION_ATTEMPTS) throw error
    }
  }
}

async function attemptTransaction<T>(pool: pg.Pool, attempt: number, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let isCommitted = false
  const begun = client.query('BEGIN')
  begun.catch(() => undefined)

  let firstFailure: unknown
  let isOver = false
  async function run<Row>(query: Query<Row>): Promise<Row[]> {
    // A branch of the work may still be going when another has failed; its queries must not reach the next transaction.
    if (isOver) throw new Error('The transaction is over')
    try {
      return rowsOf<Row>(await client.query(asConfig(query)))
    } catch (error) {
      firstFailure ??= error
      throw error
    }
  }
  async function commit(): Promise<void> {
    if (isOver) throw new Error('The transaction is over')
    const { command } = await client.query('COMMIT')
    // PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK and no error.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back')
    isCommitted = true
  }
  async function runAndCommit<Row>(query: Query<Row>): Promise<Row[]> {
    // Should BEGIN alone fail, the query is a transaction of its own, and this one an error of unknown outcome.
    const [rows, committed] = await Promise.allSettled([run(query), commit()])
    await begun
    if (rows.status === 'rejected') throw rows.reason
    if (committed.status === 'rejected') throw committed.reason
    return rows.value
  }

  try {
    const result = await work({ attempt, run, runAndCommit })
    await begun
    if (!isCommitted) await commit()
    client.release()
    return result
  } catch (error) {
    isOver = true
    await client.query('ROLLBACK').then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    )
    throw isAftermath(error) ? firstFailure : error
  }
}

function asConfig<Row>({ name, text, values }: Query<Row>): pg.QueryConfig {
  return name === undefined ? { text, values: [...values] } : { name, text, values: [...values] }
}

function rowsOf<Row>(result: pg.QueryResult): Row[] {
  return result.rows as Row[]
}

async function translateFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isUnavailable(error)) throw error
    throw new AppError('overloaded', 'DATABASE_UNAVAILABLE', 'The database does not answer right now; try again.', {
      cause: error,
    })
  }
}
