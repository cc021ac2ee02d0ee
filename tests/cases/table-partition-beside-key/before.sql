CREATE TABLE room (
  id INTEGER NOT NULL,
  PRIMARY KEY (id)
);
CREATE TABLE shelf (
  id INTEGER NOT NULL,
  room_id INTEGER,
  PRIMARY KEY (id),
  CONSTRAINT in_room FOREIGN KEY(room_id) REFERENCES room (id)
);
