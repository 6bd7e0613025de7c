DROP TABLE simulation;
DROP INDEX decision_by_trial;
-- They stay in the count of their pull request.
UPDATE decision SET kind = 'reassign' WHERE kind IN ('fill', 'assign');
ALTER TABLE decision
  DROP COLUMN trial,
  DROP CONSTRAINT decision_kind_known,
  ADD CONSTRAINT decision_kind_known CHECK (kind IN ('create', 'reassign', 'hand-over', 'restore'));
DROP INDEX pull_request_by_merge;
DROP INDEX pull_request_by_retry;
DROP INDEX pull_request_by_missing;
ALTER TABLE pull_request
  DROP COLUMN retry_at,
  DROP COLUMN tried_version,
  DROP COLUMN missing_reason,
  DROP COLUMN missing_reviewers,
  DROP COLUMN shadow_id,
  DROP COLUMN chosen_ids,
  DROP COLUMN effort,
  DROP COLUMN details,
  DROP COLUMN is_draft;
DROP TABLE past_change;
DROP TABLE code_owners;
DROP TABLE absence;
DROP TABLE member_ramp;
DROP TABLE member_limit;
DROP INDEX team_by_expertise;
UPDATE team SET review_policy = 'least-loaded' WHERE review_policy = 'expertise';
ALTER TABLE team
  DROP COLUMN trial_policy,
  DROP COLUMN shadow_budget,
  DROP COLUMN avoids_repeats,
  DROP COLUMN owners_mode,
  DROP COLUMN load_weight,
  DROP CONSTRAINT team_review_policy_known,
  ADD CONSTRAINT team_review_policy_known CHECK (review_policy IN ('random', 'round-robin', 'least-loaded'));
