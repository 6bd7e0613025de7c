-- What deciding well needs: what a pull request changes, who knows what, who may be asked when, who owns which files.

ALTER TABLE team
  DROP CONSTRAINT team_review_policy_known,
  ADD CONSTRAINT team_review_policy_known CHECK (review_policy IN ('random', 'round-robin', 'least-loaded', 'expertise')),
  -- How much the policy expertise minds that somebody reviewed much lately.
  ADD COLUMN load_weight double precision NOT NULL DEFAULT 1.2,
  ADD COLUMN owners_mode text NOT NULL DEFAULT 'off',
  -- Whether those who were chosen last come after all others.
  ADD COLUMN avoids_repeats boolean NOT NULL DEFAULT false,
  -- At most this share of the pull requests gets a shadow beside its reviewers.
  ADD COLUMN shadow_budget double precision NOT NULL DEFAULT 0.02,
  -- Decides beside the policy, without acting.
  ADD COLUMN trial_policy text,
  ADD CONSTRAINT team_load_weight_range CHECK (load_weight BETWEEN 0 AND 100),
  ADD CONSTRAINT team_owners_mode_known CHECK (owners_mode IN ('off', 'prefer', 'require')),
  ADD CONSTRAINT team_shadow_budget_range CHECK (shadow_budget BETWEEN 0 AND 1),
  ADD CONSTRAINT team_trial_policy_known CHECK (trial_policy IN ('random', 'round-robin', 'least-loaded', 'expertise'));
CREATE INDEX team_by_expertise ON team (workspace_id) WHERE review_policy = 'expertise' OR trial_policy = 'expertise';

-- What bounds how a person may be asked; no row is the same as a row of defaults. A change of anything in this table or the
-- next two raises the roster version of the person's team.
CREATE TABLE member_limit (
  workspace_id integer NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  max_open_reviews integer,
  is_never_assigned boolean NOT NULL DEFAULT false,
  -- Authors whose pull requests this person never gets.
  never_author_ids text[] COLLATE "C" NOT NULL DEFAULT '{}',
  -- {timeZone, days, startMinute, endMinute}
  working_hours json,
  calendar_url text,
  calendar_checked_at timestamptz,
  -- Why the calendar could not be read last time.
  calendar_error text,
  PRIMARY KEY (workspace_id, user_id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES member,
  CONSTRAINT member_limit_range CHECK (max_open_reviews BETWEEN 0 AND 1000)
);
CREATE INDEX member_limit_by_calendar ON member_limit (workspace_id, coalesce(calendar_checked_at, '-infinity'))
  WHERE calendar_url IS NOT NULL;

-- How far somebody has come as a reviewer of a team; no row means ramped.
CREATE TABLE member_ramp (
  workspace_id integer NOT NULL,
  team_name text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  level text NOT NULL,
  mentor_id text COLLATE "C",
  PRIMARY KEY (workspace_id, team_name, user_id),
  FOREIGN KEY (workspace_id, team_name) REFERENCES team,
  FOREIGN KEY (workspace_id, user_id) REFERENCES member,
  CONSTRAINT member_ramp_level_known CHECK (level IN ('newcomer', 'shadow', 'ramped')),
  CONSTRAINT member_ramp_mentor_is_another CHECK (mentor_id <> user_id)
);

CREATE TABLE absence (
  workspace_id integer NOT NULL,
  absence_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  -- Absences of a calendar are replaced whenever it is read again.
  source text NOT NULL,
  PRIMARY KEY (workspace_id, absence_id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES member,
  CONSTRAINT absence_source_known CHECK (source IN ('hand', 'calendar')),
  CONSTRAINT absence_ends_after_start CHECK (ends_at > starts_at)
);
CREATE INDEX absence_by_user ON absence (workspace_id, user_id, ends_at);

-- The CODEOWNERS file of a repository, as it was given.
CREATE TABLE code_owners (
  workspace_id integer NOT NULL,
  repository text COLLATE "C" NOT NULL,
  dialect text NOT NULL,
  content text NOT NULL,
  actor text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, repository),
  CONSTRAINT code_owners_dialect_known CHECK (dialect IN ('github', 'gitlab'))
);

-- Changes that landed before or beside Tandem, in the order of import; their people need not be members of a team.
CREATE TABLE past_change (
  workspace_id integer NOT NULL,
  -- Empty where a history names none.
  repository text COLLATE "C" NOT NULL,
  change_id text COLLATE "C" NOT NULL,
  author_id text COLLATE "C" NOT NULL,
  reviewer_ids text[] COLLATE "C" NOT NULL,
  written_at timestamptz NOT NULL,
  landed_at timestamptz NOT NULL,
  files json NOT NULL,
  -- [[from, to], …]
  renames json,
  deleted json,
  lines integer NOT NULL DEFAULT 0,
  imported_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, repository, change_id)
);
CREATE INDEX past_change_by_time ON past_change (workspace_id, landed_at, repository, change_id);
CREATE INDEX past_change_by_import ON past_change (workspace_id, imported_at, repository, change_id);

ALTER TABLE pull_request
  ADD COLUMN is_draft boolean NOT NULL DEFAULT false,
  -- {repository, url, labels, files: [[path, added, deleted], …]}, as much of it as was given.
  ADD COLUMN details json,
  -- How much reviewing it takes, 1 being usual: see features/reviews/domain/effort.ts.
  ADD COLUMN effort real NOT NULL DEFAULT 1,
  -- Of the reviewers, those whom a person chose.
  ADD COLUMN chosen_ids text[] COLLATE "C" NOT NULL DEFAULT '{}',
  -- Learns beside the reviewers and is none of them.
  ADD COLUMN shadow_id text COLLATE "C",
  -- Reviewers the team wanted and nobody could be found for, and why.
  ADD COLUMN missing_reviewers smallint NOT NULL DEFAULT 0,
  ADD COLUMN missing_reason text,
  -- Worth another try when the roster is of another version, or from this moment on.
  ADD COLUMN tried_version bigint NOT NULL DEFAULT 0,
  ADD COLUMN retry_at timestamptz,
  ADD CONSTRAINT pull_request_missing_range CHECK (missing_reviewers BETWEEN 0 AND 2),
  ADD CONSTRAINT pull_request_missing_has_reason CHECK ((missing_reviewers > 0) = (missing_reason IS NOT NULL)),
  ADD CONSTRAINT pull_request_chosen_review CHECK (chosen_ids <@ reviewer_ids),
  ADD CONSTRAINT pull_request_shadow_is_apart CHECK (shadow_id <> author_id AND shadow_id <> ALL (reviewer_ids));
CREATE INDEX pull_request_by_missing ON pull_request (workspace_id, team_name, tried_version)
  WHERE missing_reviewers > 0 AND status = 'OPEN' AND NOT is_draft;
CREATE INDEX pull_request_by_retry ON pull_request (workspace_id, retry_at)
  WHERE missing_reviewers > 0 AND status = 'OPEN' AND NOT is_draft AND retry_at IS NOT NULL;
CREATE INDEX pull_request_by_merge ON pull_request (workspace_id, merged_at, pull_request_id) WHERE status = 'MERGED';

ALTER TABLE decision
  DROP CONSTRAINT decision_kind_known,
  ADD CONSTRAINT decision_kind_known CHECK (kind IN ('create', 'reassign', 'hand-over', 'restore', 'fill', 'assign')),
  -- The record of what the trial policy would have decided.
  ADD COLUMN trial json;
CREATE INDEX decision_by_trial ON decision (workspace_id, team_name, decided_at) WHERE trial IS NOT NULL;

CREATE TABLE simulation (
  workspace_id integer NOT NULL,
  simulation_id text COLLATE "C" NOT NULL,
  request json NOT NULL,
  status text NOT NULL DEFAULT 'RUNNING',
  -- From 0 to 1.
  progress double precision NOT NULL DEFAULT 0,
  report json,
  failure text,
  actor text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  -- Written again and again while it runs: one that falls silent has died with its process.
  alive_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, simulation_id),
  CONSTRAINT simulation_status_known CHECK (status IN ('RUNNING', 'DONE', 'FAILED'))
);
CREATE INDEX simulation_by_time ON simulation (workspace_id, started_at, simulation_id);
CREATE UNIQUE INDEX simulation_one_running ON simulation (workspace_id) WHERE status = 'RUNNING';
