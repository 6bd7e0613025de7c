import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type Compilable,
} from 'kysely'
import type { Query } from './database.ts'

/** Kysely as a typed writer of SQL for the given tables; what it builds is run by an `Executor`. */
export function sqlBuilder<Tables>(): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
}

export function compile<Row>(built: Compilable<Row>): Query<Row> {
  const { sql, parameters } = built.compile()
  return { text: sql, values: parameters }
}
