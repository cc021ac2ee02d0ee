-- Indexes that no constraint owns.
CREATE EXTENSION pg_trgm;
CREATE TABLE t (a integer, b integer, z text, j jsonb);
CREATE UNIQUE INDEX i_unique ON t (lower(z));
COMMENT ON INDEX i_unique IS 'of small letters';
CREATE INDEX i_order ON t (a DESC, b NULLS FIRST, z COLLATE "C" text_pattern_ops DESC NULLS LAST, a ASC NULLS LAST);
CREATE INDEX i_gin ON t USING gin (z gin_trgm_ops, j jsonb_path_ops);
CREATE INDEX i_gist ON t USING gist (z gist_trgm_ops (siglen=32));
CREATE INDEX i_partial ON t (a) INCLUDE (b, z) WITH (fillfactor=60, deduplicate_items=off) WHERE a > 0 AND b IS NOT NULL;
CREATE INDEX i_in ON t (a) WHERE z IN ('a, b', ') (');
CREATE INDEX i_flag ON t (a) WHERE (a = 1) OR (b = 2);
CREATE INDEX i_expr ON t ((a + b), (z || 'x, '')') DESC, lower(z) COLLATE "C", (j ->> 'k'), (a IS NULL), ((z COLLATE "C")));
CREATE UNIQUE INDEX i_nulls ON t (a, b) NULLS NOT DISTINCT;
CREATE INDEX i_hash ON t USING hash (z);
CREATE INDEX i_brin ON t USING brin (a, b int4_bloom_ops (n_distinct_per_range=10)) WITH (pages_per_range=8);
CREATE INDEX "I, (odd) ""name""" ON t (b);
CREATE MATERIALIZED VIEW m AS SELECT 1 AS n;
CREATE UNIQUE INDEX i_m ON m (n);
