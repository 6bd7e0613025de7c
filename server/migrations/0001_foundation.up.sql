-- An id or a name may take 1,020 bytes, and a key of an index at most 2,704: no index holds more than two of them.
-- Ids and names are compared byte by byte (COLLATE "C"), so that every machine orders a roster the same way.
-- Teams, members and pull requests are never deleted; ids in arrays therefore need no foreign key.

CREATE TABLE team (
  workspace_id integer NOT NULL,
  team_name text COLLATE "C" NOT NULL,
  review_policy text NOT NULL DEFAULT 'least-loaded',
  reviewers_wanted smallint NOT NULL DEFAULT 2,
  -- Grows with every change of the members, their active flags or the policy.
  roster_version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, team_name),
  CONSTRAINT team_name_length CHECK (char_length(team_name) BETWEEN 1 AND 255),
  CONSTRAINT team_review_policy_known CHECK (review_policy IN ('random', 'round-robin', 'least-loaded')),
  CONSTRAINT team_reviewers_wanted_range CHECK (reviewers_wanted BETWEEN 0 AND 2)
);

-- Whose turn came last under round-robin. Apart from team, because it changes with every pull request.
CREATE TABLE team_rotation (
  workspace_id integer NOT NULL,
  team_name text COLLATE "C" NOT NULL,
  last_user_id text COLLATE "C",
  PRIMARY KEY (workspace_id, team_name),
  FOREIGN KEY (workspace_id, team_name) REFERENCES team
);

CREATE TABLE member (
  workspace_id integer NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  username text NOT NULL,
  team_name text COLLATE "C" NOT NULL,
  is_active boolean NOT NULL,
  PRIMARY KEY (workspace_id, user_id),
  FOREIGN KEY (workspace_id, team_name) REFERENCES team,
  CONSTRAINT member_user_id_length CHECK (char_length(user_id) BETWEEN 1 AND 255),
  CONSTRAINT member_username_length CHECK (char_length(username) BETWEEN 1 AND 255)
);
CREATE INDEX member_by_team ON member (workspace_id, team_name, user_id) INCLUDE (is_active);

-- The roster of any past version: for each user the newest row that is not newer than that version.
CREATE TABLE roster_change (
  workspace_id integer NOT NULL,
  team_name text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  roster_version bigint NOT NULL,
  status text NOT NULL,
  actor text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, team_name, user_id, roster_version),
  CONSTRAINT roster_change_status_known CHECK (status IN ('active', 'inactive', 'gone'))
);

CREATE TABLE pull_request (
  workspace_id integer NOT NULL,
  pull_request_id text COLLATE "C" NOT NULL,
  pull_request_name text NOT NULL,
  author_id text COLLATE "C" NOT NULL,
  -- The author's team when the pull request was opened.
  team_name text COLLATE "C" NOT NULL,
  status text NOT NULL DEFAULT 'OPEN',
  reviewer_ids text[] COLLATE "C" NOT NULL,
  decision_count integer NOT NULL DEFAULT 1,
  -- By the clock, not the transaction, so that those of one batch keep their order.
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  merged_at timestamptz,
  PRIMARY KEY (workspace_id, pull_request_id),
  FOREIGN KEY (workspace_id, team_name) REFERENCES team,
  CONSTRAINT pull_request_id_length CHECK (char_length(pull_request_id) BETWEEN 1 AND 255),
  CONSTRAINT pull_request_name_length CHECK (char_length(pull_request_name) BETWEEN 1 AND 255),
  CONSTRAINT pull_request_status_known CHECK (status IN ('OPEN', 'MERGED')),
  CONSTRAINT pull_request_merged_has_time CHECK ((status = 'MERGED') = (merged_at IS NOT NULL)),
  CONSTRAINT pull_request_at_most_two_reviewers CHECK (
    cardinality(reviewer_ids) <= 2 AND coalesce(array_ndims(reviewer_ids), 1) = 1 AND coalesce(array_lower(reviewer_ids, 1), 1) = 1
  ),
  CONSTRAINT pull_request_no_absent_reviewer CHECK (array_position(reviewer_ids, NULL) IS NULL),
  CONSTRAINT pull_request_reviewer_is_not_author CHECK (author_id <> ALL (reviewer_ids)),
  CONSTRAINT pull_request_no_reviewer_twice CHECK (reviewer_ids[1] <> reviewer_ids[2])
);
CREATE INDEX pull_request_by_time ON pull_request (workspace_id, created_at, pull_request_id);
CREATE INDEX pull_request_by_status ON pull_request (workspace_id, status, created_at, pull_request_id);
CREATE INDEX pull_request_by_team ON pull_request (workspace_id, team_name, created_at, pull_request_id);
CREATE INDEX pull_request_by_author ON pull_request (workspace_id, author_id, created_at, pull_request_id);
CREATE INDEX pull_request_by_first_reviewer ON pull_request (workspace_id, (reviewer_ids[1]), status);
CREATE INDEX pull_request_by_second_reviewer ON pull_request (workspace_id, (reviewer_ids[2]), status);

CREATE FUNCTION refuse_change_of_merged_pull_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'pull request % is merged and never changes again', OLD.pull_request_id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'pull_request_merged_is_final';
END
$$;
CREATE TRIGGER pull_request_merged_is_final BEFORE UPDATE OR DELETE ON pull_request
  FOR EACH ROW WHEN (OLD.status = 'MERGED') EXECUTE FUNCTION refuse_change_of_merged_pull_request();

-- One row for each time reviewers were chosen, moved or given back; append only.
CREATE TABLE decision (
  workspace_id integer NOT NULL,
  pull_request_id text COLLATE "C" NOT NULL,
  number integer NOT NULL,
  kind text NOT NULL,
  team_name text COLLATE "C" NOT NULL,
  assigned_ids text[] COLLATE "C" NOT NULL,
  replaced_id text COLLATE "C",
  -- All that decide() saw and said, enough to decide again: see features/reviews/domain/decision.ts.
  record json NOT NULL,
  actor text NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, pull_request_id, number),
  CONSTRAINT decision_kind_known CHECK (kind IN ('create', 'reassign', 'hand-over', 'restore'))
);
CREATE INDEX decision_by_time ON decision (workspace_id, decided_at);

CREATE TABLE deactivation (
  workspace_id integer NOT NULL,
  deactivation_id text COLLATE "C" NOT NULL,
  team_name text COLLATE "C" NOT NULL,
  -- Those who were active before and are to be active again after an undo.
  user_ids text[] COLLATE "C" NOT NULL,
  moves json NOT NULL,
  actor text NOT NULL,
  deactivated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  undone_at timestamptz,
  PRIMARY KEY (workspace_id, deactivation_id),
  FOREIGN KEY (workspace_id, team_name) REFERENCES team
);
CREATE INDEX deactivation_by_team ON deactivation (workspace_id, team_name, deactivated_at);

-- What was answered to a command that came with an Idempotency-Key.
CREATE TABLE idempotency (
  workspace_id integer NOT NULL,
  idempotency_key text COLLATE "C" NOT NULL,
  fingerprint text NOT NULL,
  outcome json,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, idempotency_key)
);
CREATE INDEX idempotency_by_age ON idempotency (workspace_id, created_at);
