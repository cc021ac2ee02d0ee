-- Every spelling of a type that a model or a migration may use, and what the server makes of it.
CREATE EXTENSION citext;
CREATE SCHEMA app;
CREATE EXTENSION hstore SCHEMA app;
CREATE TYPE status AS ENUM ('new', 'it''s', 'done');
ALTER TYPE status ADD VALUE 'checked' BEFORE 'done';
COMMENT ON TYPE status IS 'where an order is';
CREATE TYPE app."Mixed Case" AS ENUM ('a');
CREATE TYPE hollow AS ENUM ();
CREATE DOMAIN email AS citext NOT NULL DEFAULT 'x@example.org' CONSTRAINT has_at CHECK (value ~ '@');
CREATE TYPE pair AS (a integer, b text COLLATE "C");
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TABLE numbers (
  a smallint, b int2, c integer, d int, e bigint, f int8, g numeric, h decimal(10, 2), i numeric(10), j numeric(10, 0),
  k numeric(5, -2), l real, m float(24), n float, o double precision, p money, q oid
);
CREATE TABLE texts (
  a varchar, b varchar(30), c char, d char(5), e text, f bytea, g name, h "char", i bpchar, j citext, k xml, l tsvector,
  m tsquery, n jsonpath
);
CREATE TABLE times (
  a date, b time, c time(2), d timetz, e timetz(1), f timestamp, g timestamp(3), h timestamp with time zone,
  i timestamptz(0), j timestamptz(6), k interval, l interval year to month, m interval second(3), n interval(2),
  o interval(6)
);
CREATE TABLE others (
  a boolean, b uuid, c json, d jsonb, e inet, f cidr, g macaddr, h macaddr8, i bit, j bit(3), k bit varying, l varbit(3),
  m point, n polygon, o int4range, p tstzrange, q int8multirange, r regclass, s pg_lsn, t regconfig, u int8range, v numrange,
  w daterange, x tsrange, y nummultirange, z datemultirange, aa tsmultirange, ab tstzmultirange
);
CREATE TABLE arrays (
  a integer[], b integer[][], c integer[3], d varchar(30)[], e timestamptz[], f numeric(8, 2)[], g status[],
  h app."Mixed Case"[], i citext[]
);
CREATE TABLE own (a status, b app."Mixed Case", c email, d pair, e span, f app.hstore, g hollow);
