-- Constraints.
CREATE EXTENSION btree_gist;
CREATE SCHEMA other;
CREATE TABLE other.far (id integer PRIMARY KEY);
CREATE TABLE parent (id integer PRIMARY KEY, x integer, y integer, UNIQUE (y, x));
CREATE TABLE child (
  id bigint CONSTRAINT my_pk PRIMARY KEY DEFERRABLE, a integer, b integer, x integer, y integer, z text CHECK (z <> ''),
  CONSTRAINT unique_include UNIQUE (a) INCLUDE (b, z),
  CONSTRAINT unique_nulls UNIQUE NULLS NOT DISTINCT (b) WITH (fillfactor=50),
  CONSTRAINT unique_later UNIQUE (b, a) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT fk_all FOREIGN KEY (y, x) REFERENCES parent (y, x) MATCH FULL ON UPDATE CASCADE ON DELETE SET DEFAULT
    DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT fk_some FOREIGN KEY (y, x) REFERENCES parent (y, x) ON DELETE SET NULL (x),
  CONSTRAINT fk_far FOREIGN KEY (a) REFERENCES other.far ON DELETE RESTRICT DEFERRABLE,
  CONSTRAINT fk_self FOREIGN KEY (b) REFERENCES child (a),
  CONSTRAINT ck_and CHECK (a > 0 AND b > 0),
  CONSTRAINT ck_or CHECK (((a > 1) OR (b > 1))) NO INHERIT,
  CONSTRAINT "ck ) odd" CHECK (z <> ')' AND "z" ~ '^[(]'),
  CONSTRAINT ck_in CHECK (z IN ('a', 'b')),
  CONSTRAINT ck_percent CHECK (z LIKE '100%'),
  CONSTRAINT ex EXCLUDE USING gist (a WITH =, int4range(a, b) WITH &&) WHERE (a > 0)
);
ALTER TABLE child ADD CONSTRAINT fk_unproven FOREIGN KEY (a) REFERENCES parent NOT VALID;
ALTER TABLE child ADD CONSTRAINT ck_unproven CHECK (a < 100) NOT VALID;
COMMENT ON CONSTRAINT my_pk ON child IS 'a primary key';
COMMENT ON CONSTRAINT unique_include ON child IS 'a unique constraint';
COMMENT ON CONSTRAINT fk_all ON child IS 'a foreign key';
COMMENT ON CONSTRAINT ck_and ON child IS 'a check';
COMMENT ON CONSTRAINT ex ON child IS 'an exclusion constraint';
CREATE TABLE no_name (a integer UNIQUE CHECK (a > 0) CHECK (a > 1) REFERENCES parent, b integer REFERENCES parent);
