-- Partitions, and tables that inherit.
CREATE TABLE base (id serial, a integer NOT NULL DEFAULT 1, b text, CONSTRAINT positive CHECK (a > 0));
CREATE TABLE derived (c text, CONSTRAINT own CHECK (c <> '')) INHERITS (base);
CREATE TABLE changed () INHERITS (base);
ALTER TABLE changed ALTER a SET DEFAULT 2;
CREATE TABLE noted () INHERITS (base);
COMMENT ON COLUMN noted.b IS 'here only';
CREATE TABLE repeated (b text, d integer) INHERITS (base);
CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX events_v ON events (v);
CREATE INDEX events_only ON ONLY events (id, v);
CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE INDEX events_2020_lower ON events_2020 (lower(v));
CREATE TABLE events_2021 PARTITION OF events (v DEFAULT 'x', CONSTRAINT filled CHECK (v <> ''))
  FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (at);
CREATE TABLE events_2021_rest PARTITION OF events_2021 DEFAULT;
CREATE TABLE refers (id bigint, at timestamptz, FOREIGN KEY (id, at) REFERENCES events);
CREATE TABLE hashed (a integer, b text) PARTITION BY HASH (a, lower(b));
