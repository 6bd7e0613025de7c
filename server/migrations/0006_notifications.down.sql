-- Events that tell of acknowledgements stay: who does not know their type passes over them.
DROP TABLE link_key;
DROP TABLE review_wait;
DROP TABLE review_acknowledgement;
DROP TABLE notification;
DROP TABLE notification_channel;
DROP TABLE team_notification_preference;
DROP TABLE notification_preference;
DELETE FROM event_relay WHERE relay_name = 'notifications';
