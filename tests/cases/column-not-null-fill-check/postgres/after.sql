CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT DEFAULT 'unknown' NOT NULL, CONSTRAINT ck_state CHECK (state IN ('open', 'shut', 'unknown')));
