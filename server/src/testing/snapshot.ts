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
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM deactivation t) AS deactivation,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM member_limit t) AS member_limit,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM member_ramp t) AS member_ramp,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM absence t) AS absence,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM code_owners t) AS code_owners,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM past_change t) AS past_change,
    (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM simulation t) AS simulation`)
}
