-- What happened, told by the very transaction that did it: by the statement itself where reviews are written, elsewhere by
-- triggers. See docs/events.md.

-- Events are read in this order, and no further than every number is settled: see infra/events/settled.ts. A row tells up to
-- four events, which take its number and the ones after it.
CREATE SEQUENCE event_sequence AS bigint INCREMENT BY 4 MINVALUE 4;

CREATE TABLE event (
  -- The transaction has its number before the event has its own: whoever sees this one used sees that one taken.
  sequence bigint NOT NULL DEFAULT CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('event_sequence') END,
  occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  workspace_id integer NOT NULL,
  type text COLLATE "C" NOT NULL,
  -- What it is about: a pull request, a user, a team, a webhook; the type says which.
  subject text COLLATE "C" NOT NULL,
  team_name text COLLATE "C",
  actor text NOT NULL,
  data json NOT NULL
) PARTITION BY RANGE (occurred_at);
CREATE INDEX event_by_sequence ON event (sequence);
CREATE INDEX event_by_team ON event (workspace_id, team_name, sequence);
CREATE INDEX event_by_type ON event (workspace_id, type, sequence);
CREATE INDEX event_by_subject ON event (workspace_id, subject, sequence);

-- Where events go when the partition of their day is missing.
CREATE TABLE event_default PARTITION OF event DEFAULT;

-- How far each of those has come who hand events on.
CREATE TABLE event_relay (
  workspace_id integer NOT NULL,
  relay_name text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, relay_name)
);

-- Makes the partitions from today on, and drops those whose last event is older. Attaching holds up no writer.
CREATE FUNCTION keep_event_partitions(days_ahead integer, days_kept integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  today date := (now() AT TIME ZONE 'UTC')::date;
  first_day date := today - days_kept;
  day date;
  partition_name text;
  dropped integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('tandem.event-partitions'));
  FOR i IN 0 .. days_ahead LOOP
    day := today + i;
    partition_name := 'event_' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass(partition_name) IS NOT NULL;
    CONTINUE WHEN EXISTS (
      SELECT FROM event_default WHERE occurred_at >= (day::timestamp AT TIME ZONE 'UTC')
        AND occurred_at < ((day + 1)::timestamp AT TIME ZONE 'UTC'));
    EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', partition_name);
    EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition_name,
      day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
  END LOOP;
  FOR partition_name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'event'::regclass AND c.relname ~ '^event_\d{8}$' AND c.relname < 'event_' || to_char(first_day, 'YYYYMMDD')
  LOOP
    EXECUTE format('DROP TABLE %I', partition_name);
    dropped := dropped + 1;
  END LOOP;
  DELETE FROM event_default WHERE occurred_at < (first_day::timestamp AT TIME ZONE 'UTC');
  RETURN dropped;
END
$$;
SELECT keep_event_partitions(7, 90);

-- Who is at work, where the row that changed does not say.
CREATE FUNCTION current_actor() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('tandem.actor', true), ''), 'local')
$$;

CREATE FUNCTION tell_team() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event (workspace_id, type, subject, team_name, actor, data)
  VALUES (NEW.workspace_id, CASE TG_OP WHEN 'INSERT' THEN 'team.created' ELSE 'team.policyChanged' END,
    NEW.team_name, NEW.team_name, current_actor(), json_build_object(
      'policy', NEW.review_policy, 'reviewers_wanted', NEW.reviewers_wanted, 'load_weight', NEW.load_weight,
      'owners_mode', NEW.owners_mode, 'avoids_repeats', NEW.avoids_repeats, 'shadow_budget', NEW.shadow_budget,
      'trial_policy', NEW.trial_policy));
  RETURN NULL;
END
$$;
CREATE TRIGGER team_is_told AFTER INSERT ON team FOR EACH ROW EXECUTE FUNCTION tell_team();
CREATE TRIGGER team_policy_is_told AFTER UPDATE ON team FOR EACH ROW WHEN (
    (OLD.review_policy, OLD.reviewers_wanted, OLD.load_weight, OLD.owners_mode, OLD.avoids_repeats, OLD.shadow_budget, OLD.trial_policy)
    IS DISTINCT FROM
    (NEW.review_policy, NEW.reviewers_wanted, NEW.load_weight, NEW.owners_mode, NEW.avoids_repeats, NEW.shadow_budget, NEW.trial_policy)
  ) EXECUTE FUNCTION tell_team();

-- For a whole statement: a bulk deactivation changes thousands.
CREATE FUNCTION tell_roster_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event (workspace_id, type, subject, team_name, actor, data)
  SELECT n.workspace_id,
    CASE WHEN n.status = 'gone' THEN 'member.left'
      WHEN coalesce(before.status, 'gone') = 'gone' THEN 'member.joined'
      WHEN n.status = 'active' THEN 'member.activated' ELSE 'member.deactivated' END,
    n.user_id, n.team_name, n.actor,
    json_build_object('username', m.username, 'is_active', n.status = 'active', 'roster_version', n.roster_version)
  FROM new_row n
  LEFT JOIN LATERAL (
    SELECT status FROM roster_change b
    WHERE b.workspace_id = n.workspace_id AND b.team_name = n.team_name AND b.user_id = n.user_id
      AND b.roster_version < n.roster_version
    ORDER BY b.roster_version DESC LIMIT 1
  ) AS before ON true
  LEFT JOIN LATERAL (
    SELECT username FROM member WHERE workspace_id = n.workspace_id AND user_id = n.user_id OFFSET 0
  ) AS m ON true
  -- Whoever moves leaves before joining.
  ORDER BY n.status <> 'gone', n.team_name, n.user_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER roster_changes_are_told AFTER INSERT ON roster_change
  REFERENCING NEW TABLE AS new_row FOR EACH STATEMENT EXECUTE FUNCTION tell_roster_changes();

CREATE FUNCTION tell_member(workspace integer, kind text, member_id text, details json) RETURNS void LANGUAGE sql AS $$
  INSERT INTO event (workspace_id, type, subject, team_name, actor, data)
  SELECT workspace, kind, member_id, (SELECT team_name FROM member WHERE workspace_id = workspace AND user_id = member_id),
    current_actor(), details
$$;

CREATE FUNCTION tell_limits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_member(NEW.workspace_id, 'member.limitsChanged', NEW.user_id, json_build_object(
    'max_open_reviews', NEW.max_open_reviews, 'is_never_assigned', NEW.is_never_assigned,
    'never_author_ids', NEW.never_author_ids, 'working_hours', NEW.working_hours,
    'has_calendar', NEW.calendar_url IS NOT NULL));
  RETURN NULL;
END
$$;
CREATE TRIGGER limits_are_told AFTER INSERT ON member_limit FOR EACH ROW EXECUTE FUNCTION tell_limits();
CREATE TRIGGER changed_limits_are_told AFTER UPDATE ON member_limit FOR EACH ROW WHEN (
    (OLD.max_open_reviews, OLD.is_never_assigned, OLD.never_author_ids, OLD.working_hours::text, OLD.calendar_url)
    IS DISTINCT FROM
    (NEW.max_open_reviews, NEW.is_never_assigned, NEW.never_author_ids, NEW.working_hours::text, NEW.calendar_url)
  ) EXECUTE FUNCTION tell_limits();

CREATE FUNCTION tell_ramp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM tell_member(OLD.workspace_id, 'member.rampChanged', OLD.user_id, json_build_object('level', 'ramped', 'mentor_id', NULL));
  ELSE
    PERFORM tell_member(NEW.workspace_id, 'member.rampChanged', NEW.user_id,
      json_build_object('level', NEW.level, 'mentor_id', NEW.mentor_id));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER ramp_is_told AFTER INSERT OR DELETE ON member_ramp FOR EACH ROW EXECUTE FUNCTION tell_ramp();
CREATE TRIGGER changed_ramp_is_told AFTER UPDATE ON member_ramp FOR EACH ROW
  WHEN ((OLD.level, OLD.mentor_id) IS DISTINCT FROM (NEW.level, NEW.mentor_id)) EXECUTE FUNCTION tell_ramp();

CREATE FUNCTION tell_absence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of absence := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  PERFORM tell_member(of.workspace_id, CASE TG_OP WHEN 'DELETE' THEN 'absence.removed' ELSE 'absence.added' END, of.user_id,
    json_build_object('absence_id', of.absence_id, 'from', of.starts_at, 'to', of.ends_at, 'source', of.source));
  RETURN NULL;
END
$$;
CREATE TRIGGER absence_is_told AFTER INSERT OR DELETE ON absence FOR EACH ROW EXECUTE FUNCTION tell_absence();

CREATE FUNCTION tell_owners() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of code_owners := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  INSERT INTO event (workspace_id, type, subject, team_name, actor, data)
  VALUES (of.workspace_id, CASE TG_OP WHEN 'DELETE' THEN 'owners.removed' ELSE 'owners.changed' END, of.repository, NULL,
    CASE TG_OP WHEN 'DELETE' THEN current_actor() ELSE of.actor END, json_build_object('dialect', of.dialect));
  RETURN NULL;
END
$$;
CREATE TRIGGER owners_are_told AFTER INSERT OR UPDATE OR DELETE ON code_owners FOR EACH ROW EXECUTE FUNCTION tell_owners();

-- An endpoint outside that is told of events, in their order: whatever it does not take holds up what comes after.
CREATE TABLE webhook (
  workspace_id integer NOT NULL,
  webhook_id text COLLATE "C" NOT NULL,
  url text NOT NULL,
  -- Empty for all.
  types text[] COLLATE "C" NOT NULL,
  team_name text COLLATE "C",
  status text NOT NULL DEFAULT 'ACTIVE',
  secret text NOT NULL,
  -- Signs too until then.
  old_secret text,
  old_secret_until timestamptz,
  -- How far it was told.
  sequence bigint NOT NULL,
  -- Of the event it does not take.
  failures integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  problem text,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  -- Somebody is telling it until then.
  leased_until timestamptz NOT NULL DEFAULT '-infinity',
  actor text NOT NULL,
  added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, webhook_id),
  CONSTRAINT webhook_status_known CHECK (status IN ('ACTIVE', 'DISABLED'))
);
CREATE INDEX webhook_by_due ON webhook (next_attempt_at) WHERE status = 'ACTIVE';

-- Every attempt to tell an endpoint of an event.
CREATE TABLE webhook_delivery (
  workspace_id integer NOT NULL,
  webhook_id text COLLATE "C" NOT NULL,
  delivery_number bigint GENERATED ALWAYS AS IDENTITY,
  event_id text NOT NULL,
  type text NOT NULL,
  attempt integer NOT NULL,
  is_redelivery boolean NOT NULL DEFAULT false,
  -- Null where there was no answer, and the problem says why.
  http_status integer,
  problem text,
  duration_ms integer NOT NULL,
  attempted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, webhook_id, delivery_number),
  FOREIGN KEY (workspace_id, webhook_id) REFERENCES webhook ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_by_time ON webhook_delivery (attempted_at);

CREATE FUNCTION tell_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of webhook := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  INSERT INTO event (workspace_id, type, subject, team_name, actor, data)
  VALUES (of.workspace_id,
    CASE WHEN TG_OP = 'INSERT' THEN 'webhook.added' WHEN TG_OP = 'DELETE' THEN 'webhook.removed'
      WHEN of.status = 'ACTIVE' THEN 'webhook.enabled' ELSE 'webhook.disabled' END,
    of.webhook_id, NULL, current_actor(), json_build_object('problem', of.problem));
  RETURN NULL;
END
$$;
CREATE TRIGGER webhook_is_told AFTER INSERT OR DELETE ON webhook FOR EACH ROW EXECUTE FUNCTION tell_webhook();
CREATE TRIGGER webhook_status_is_told AFTER UPDATE ON webhook FOR EACH ROW
  WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION tell_webhook();
