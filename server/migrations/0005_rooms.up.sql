-- One room for each pull request and each team, whose name says which: pullRequest/<id> or team/<name>. A room without a row has no message yet.
CREATE TABLE room (
  workspace_id integer NOT NULL,
  room_name text COLLATE "C" NOT NULL,
  -- Whoever writes holds this row until the commit: numbers have no gaps, and none can be seen before a smaller one.
  last_number bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, room_name),
  CONSTRAINT room_name_known CHECK (room_name LIKE 'pullRequest/_%' OR room_name LIKE 'team/_%')
);

CREATE TABLE room_message (
  workspace_id integer NOT NULL,
  room_name text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  -- Drawn by the writer: what is sent again is there once.
  client_id text COLLATE "C" NOT NULL,
  text text NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, room_name, number),
  UNIQUE (workspace_id, room_name, user_id, client_id),
  FOREIGN KEY (workspace_id, room_name) REFERENCES room,
  CONSTRAINT room_message_number_range CHECK (number > 0),
  CONSTRAINT room_message_client_id_length CHECK (char_length(client_id) BETWEEN 1 AND 64),
  CONSTRAINT room_message_text_length CHECK (char_length(text) BETWEEN 1 AND 4000)
);
