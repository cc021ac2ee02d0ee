CREATE TABLE log (line TEXT NOT NULL, level TEXT);

CREATE INDEX ix_log_level ON log (level);
