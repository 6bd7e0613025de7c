import type { TestDatabase } from './database.ts'

/** Counts, by SQL alone, what must never be: each entry is a rule of the contract and how often it is broken. */
export async function violations({ sql }: Pick<TestDatabase, 'sql'>): Promise<Record<string, number>> {
  const count = async (text: string) =>
    (await sql<{ n: number }>(`SELECT count(*) AS n FROM (${text}) AS broken`))[0]!.n
  return {
    'more than two reviewers': await count('SELECT FROM pull_request WHERE cardinality(reviewer_ids) > 2'),
    'the author reviews': await count('SELECT FROM pull_request WHERE author_id = ANY (reviewer_ids)'),
    'a reviewer twice': await count('SELECT FROM pull_request WHERE reviewer_ids[1] = reviewer_ids[2]'),
    'a reviewer who is no user': await count(
      `SELECT FROM pull_request p CROSS JOIN LATERAL unnest(reviewer_ids) AS r (user_id)
       WHERE NOT EXISTS (SELECT FROM member m WHERE m.workspace_id = p.workspace_id AND m.user_id = r.user_id)`,
    ),
    'assigned while not active in the team of the decision': await count(
      `SELECT FROM decision d CROSS JOIN LATERAL unnest(assigned_ids) AS a (user_id)
       WHERE 'active' IS DISTINCT FROM (
         SELECT status FROM roster_change c
         WHERE c.workspace_id = d.workspace_id AND c.team_name = d.team_name AND c.user_id = a.user_id
           AND c.roster_version <= (d.record ->> 'rosterVersion')::bigint
         ORDER BY roster_version DESC LIMIT 1)`,
    ),
    'active flag differs from the roster history': await count(
      `SELECT FROM member m WHERE (CASE WHEN is_active THEN 'active' ELSE 'inactive' END) IS DISTINCT FROM (
         SELECT status FROM roster_change c
         WHERE c.workspace_id = m.workspace_id AND c.team_name = m.team_name AND c.user_id = m.user_id
         ORDER BY roster_version DESC LIMIT 1)`,
    ),
    'reviewers differ from what the decisions add up to': await count(
      `SELECT FROM pull_request p WHERE NOT (p.reviewer_ids <@ coalesce((
         SELECT array_agg(a.user_id) FROM decision d CROSS JOIN LATERAL unnest(d.assigned_ids) AS a (user_id)
         WHERE d.workspace_id = p.workspace_id AND d.pull_request_id = p.pull_request_id), '{}'))`,
    ),
    'decision numbers with gaps': await count(
      `SELECT p.pull_request_id FROM pull_request p LEFT JOIN decision d USING (workspace_id, pull_request_id)
       GROUP BY p.workspace_id, p.pull_request_id, p.decision_count
       HAVING count(d.number) <> p.decision_count OR max(d.number) <> p.decision_count`,
    ),
    'more open reviews than a limit allows, none of them given by hand or given back': await count(
      `SELECT FROM member_limit l WHERE max_open_reviews < (
         SELECT count(*) FROM pull_request p
         WHERE p.workspace_id = l.workspace_id AND l.user_id = ANY (p.reviewer_ids) AND p.status = 'OPEN')
       AND NOT EXISTS (
         SELECT FROM decision d WHERE d.workspace_id = l.workspace_id AND l.user_id = ANY (d.assigned_ids)
           AND d.kind IN ('assign', 'restore'))`,
    ),
    'chosen by hand and no reviewer': await count('SELECT FROM pull_request WHERE NOT chosen_ids <@ reviewer_ids'),
    'more reviewers wanted than there are seats': await count(
      'SELECT FROM pull_request WHERE cardinality(reviewer_ids) + missing_reviewers > 2',
    ),
    'missing reviewers without a reason, or a reason without': await count(
      'SELECT FROM pull_request WHERE (missing_reviewers > 0) <> (missing_reason IS NOT NULL)',
    ),
    'a shadow who reviews or is the author': await count(
      'SELECT FROM pull_request WHERE shadow_id = author_id OR shadow_id = ANY (reviewer_ids)',
    ),
    'reviewers chosen after the merge': await count(
      `SELECT FROM decision d JOIN pull_request p USING (workspace_id, pull_request_id) WHERE d.decided_at > p.merged_at`,
    ),
  }
}

/** `violations` with nothing broken, to compare with. */
export function noViolations(found: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.keys(found).map((rule) => [rule, 0]))
}
