-- Who is told what, by which channel, and what was told; and which reviews wait for an answer. See docs/notifications.md.

-- How a person wants to be told; what is null is as the person's team says.
CREATE TABLE notification_preference (
  workspace_id integer NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  language text,
  time_zone text,
  -- {fromMinute, toMinute, weekends}
  quiet_hours json,
  digest_minutes integer,
  kinds text[] COLLATE "C",
  PRIMARY KEY (workspace_id, user_id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES member,
  CONSTRAINT notification_preference_language_known CHECK (language IN ('en', 'ru')),
  CONSTRAINT notification_preference_digest_range CHECK (digest_minutes BETWEEN 0 AND 1440)
);

CREATE TABLE team_notification_preference (
  workspace_id integer NOT NULL,
  team_name text COLLATE "C" NOT NULL,
  language text NOT NULL,
  digest_minutes integer NOT NULL,
  kinds text[] COLLATE "C" NOT NULL,
  -- Working hours from an assignment to a reminder, and to the proposal of a replacement; null is never.
  nudge_hours integer,
  propose_hours integer,
  -- What holds for members who did not say otherwise: {language, timeZone, quietHours, digestMinutes, kinds}
  member_defaults json NOT NULL,
  PRIMARY KEY (workspace_id, team_name),
  FOREIGN KEY (workspace_id, team_name) REFERENCES team,
  CONSTRAINT team_notification_preference_language_known CHECK (language IN ('en', 'ru')),
  CONSTRAINT team_notification_preference_digest_range CHECK (digest_minutes BETWEEN 0 AND 1440),
  CONSTRAINT team_notification_preference_proposal_is_later CHECK (nudge_hours < propose_hours)
);
CREATE INDEX team_notification_preference_by_reminders ON team_notification_preference (workspace_id)
  WHERE nudge_hours IS NOT NULL OR propose_hours IS NOT NULL;

-- Whoever writes notifications for it holds the row, and whoever sends them: so none is left behind.
CREATE TABLE notification_channel (
  workspace_id integer NOT NULL,
  audience text NOT NULL,
  -- A user or a team.
  recipient_id text COLLATE "C" NOT NULL,
  channel text NOT NULL,
  address text NOT NULL,
  -- Of a webhook: what its messages are signed with.
  secret text,
  -- It is told of events after this one.
  from_sequence bigint NOT NULL,
  -- The message on its way. It stays the same until it is sent or given up; whatever comes meanwhile waits.
  message_id uuid,
  message_at timestamptz,
  PRIMARY KEY (workspace_id, audience, recipient_id, channel),
  CONSTRAINT notification_channel_audience_known CHECK (audience IN ('user', 'team')),
  CONSTRAINT notification_channel_known CHECK (channel IN ('email', 'slack', 'mattermost', 'telegram', 'webhook'))
);

CREATE TABLE notification (
  workspace_id integer NOT NULL,
  notification_id bigint GENERATED ALWAYS AS IDENTITY,
  audience text NOT NULL,
  recipient_id text COLLATE "C" NOT NULL,
  channel text NOT NULL,
  kind text NOT NULL,
  -- What it comes from, e.g. the id of an event; nobody is told twice of the same.
  source text COLLATE "C" NOT NULL,
  pull_request_id text COLLATE "C" NOT NULL,
  data json NOT NULL,
  status text NOT NULL DEFAULT 'waiting',
  -- The message it is part of.
  message_id uuid,
  problem text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  settled_at timestamptz,
  PRIMARY KEY (workspace_id, notification_id),
  CONSTRAINT notification_once UNIQUE (workspace_id, audience, recipient_id, channel, kind, source),
  CONSTRAINT notification_status_known CHECK (status IN ('waiting', 'sent', 'failed', 'dropped')),
  CONSTRAINT notification_settled_has_time CHECK ((status = 'waiting') = (settled_at IS NULL))
);
CREATE INDEX notification_by_recipient ON notification (workspace_id, audience, recipient_id, notification_id);
CREATE INDEX notification_waiting ON notification (workspace_id, audience, recipient_id, channel, notification_id)
  WHERE status = 'waiting';
CREATE INDEX notification_stranded ON notification (workspace_id, created_at) WHERE status = 'waiting';
CREATE INDEX notification_by_age ON notification (workspace_id, created_at) WHERE status <> 'waiting';

-- A reviewer says: I am on it.
CREATE TABLE review_acknowledgement (
  workspace_id integer NOT NULL,
  pull_request_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  acknowledged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  PRIMARY KEY (workspace_id, pull_request_id, user_id)
);

-- Reviews that a team wants its reviewers reminded of.
CREATE TABLE review_wait (
  workspace_id integer NOT NULL,
  pull_request_id text COLLATE "C" NOT NULL,
  reviewer_id text COLLATE "C" NOT NULL,
  -- Number of the decision that assigned the reviewer: another one begins anew.
  decision integer NOT NULL,
  team_name text COLLATE "C" NOT NULL,
  -- From when on working hours count.
  since_at timestamptz NOT NULL,
  nudged_at timestamptz,
  -- When to look again; null where nothing is left to do.
  next_at timestamptz,
  PRIMARY KEY (workspace_id, pull_request_id, reviewer_id)
);
CREATE INDEX review_wait_by_time ON review_wait (workspace_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX review_wait_by_team ON review_wait (workspace_id, team_name);

-- What links in messages are signed with, where no setting says.
CREATE TABLE link_key (
  workspace_id integer NOT NULL,
  key text NOT NULL,
  PRIMARY KEY (workspace_id)
);
