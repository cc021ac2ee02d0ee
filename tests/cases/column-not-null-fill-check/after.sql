CREATE TABLE item (id INTEGER NOT NULL, s VARCHAR(9) NOT NULL DEFAULT 'unknown', PRIMARY KEY (id), CONSTRAINT known CHECK (s IN ('a','b','unknown')));
