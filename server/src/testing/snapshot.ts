import type { TestDatabase } from './database.ts'

/** A fingerprint of every table that holds something of the product, equal only when nothing changed. */
export function snapshotOf(database: Pick<TestDatabase, 'sql'>): Promise<object[]> {
  return database.sql(`SELECT
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM team t) AS team,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM team_rotation t) AS rotation,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM member t) AS member,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM roster_change t) AS roster_change,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM pull_request t) AS pull_request,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM decision t) AS decision,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM deactivation t) AS deactivation`)
}
