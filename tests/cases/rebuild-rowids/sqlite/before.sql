CREATE TABLE log (line TEXT, level TEXT);

CREATE INDEX ix_log_level ON log (level);
