CREATE TABLE shelf (
  id INTEGER NOT NULL,
  label VARCHAR(40),
  PRIMARY KEY (id),
  CONSTRAINT same_label UNIQUE (label)
);
