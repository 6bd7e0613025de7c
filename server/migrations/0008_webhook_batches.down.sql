ALTER TABLE webhook_delivery DROP COLUMN event_count;
ALTER TABLE webhook DROP COLUMN batch_size;
