-- Up to so many events go to it together; without one each by itself.
ALTER TABLE webhook ADD COLUMN batch_size smallint;
ALTER TABLE webhook ADD CONSTRAINT webhook_batch_size_in_range CHECK (batch_size BETWEEN 1 AND 100);
-- The event and the type of a delivery are those of its first event.
ALTER TABLE webhook_delivery ADD COLUMN event_count smallint NOT NULL DEFAULT 1;
