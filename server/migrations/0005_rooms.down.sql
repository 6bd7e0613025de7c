DROP TABLE room_message;
DROP TABLE room;
