CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, CONSTRAINT ck_state CHECK (state IN ('open', 'shut')));
