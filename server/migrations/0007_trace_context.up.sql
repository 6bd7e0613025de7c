-- Of which trace the change was a part, where that trace is kept: https://www.w3.org/TR/trace-context/#traceparent-header
ALTER TABLE event ADD COLUMN traceparent text;
-- Statements that do several calls at once name the trace of each; elsewhere the transaction of a call says it for all it writes.
ALTER TABLE event ALTER COLUMN traceparent SET DEFAULT nullif(current_setting('tandem.traceparent', true), '');
