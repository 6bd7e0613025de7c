ALTER TABLE event DROP COLUMN traceparent;
