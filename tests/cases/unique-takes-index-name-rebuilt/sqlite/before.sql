CREATE TABLE shelf (
  id INTEGER NOT NULL,
  label VARCHAR(40),
  PRIMARY KEY (id),
  CONSTRAINT one_label UNIQUE (label)
);
CREATE UNIQUE INDEX same_label ON shelf (label);
