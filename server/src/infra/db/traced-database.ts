import { isSampled, type SpanOptions, type Tracing } from '../telemetry/tracing.ts'
import type { Db, Executor, Query, Tx } from './database.ts'

/** The database, each statement and transaction a span: its name and never its values. Work that is not traced stays as it is. */
export function traceDatabase(db: Db, tracing: Tracing): Db {
  return {
    ...db,
    run: traced(db.run, tracing),
    transaction(work) {
      if (!isSampled()) return db.transaction(work)
      return tracing.span('transaction', spanOptions(), (span) =>
        db.transaction((tx) => {
          if (tx.attempt > 1) span.setAttribute('tandem.attempt', tx.attempt)
          return work(tracedTx(tx, tracing))
        }),
      )
    },
  }
}

function tracedTx(tx: Tx, tracing: Tracing): Tx {
  return { ...tx, run: traced(tx.run, tracing), runAndCommit: traced(tx.runAndCommit, tracing) }
}

function traced(run: Executor['run'], tracing: Tracing): Executor['run'] {
  return <Row>(query: Query<Row>): Promise<Row[]> => {
    if (!isSampled()) return run(query)
    const name = query.name ?? firstWordOf(query.text)
    return tracing.span(name, spanOptions({ 'db.query.summary': name }), async (span) => {
      const rows = await run(query)
      span.setAttribute('db.response.returned_rows', rows.length)
      return rows
    })
  }
}

/** https://opentelemetry.io/docs/specs/semconv/database/postgresql/ */
function spanOptions(attributes: SpanOptions['attributes'] = {}): SpanOptions {
  return { kind: 'client', attributes: { 'db.system.name': 'postgresql', ...attributes } }
}

function firstWordOf(text: string): string {
  return /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? 'statement'
}
