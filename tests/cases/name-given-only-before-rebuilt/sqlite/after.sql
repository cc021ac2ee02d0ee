CREATE TABLE shelf (
  id INTEGER NOT NULL,
  label VARCHAR(40),
  room INTEGER,
  PRIMARY KEY (id),
  UNIQUE (label),
  FOREIGN KEY(room) REFERENCES shelf (id)
);
