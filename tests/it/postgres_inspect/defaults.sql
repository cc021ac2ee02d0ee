-- Defaults, generated columns and collations.
CREATE EXTENSION citext;
CREATE TYPE status AS ENUM ('new', 'done');
CREATE DOMAIN code AS varchar(5);
CREATE SEQUENCE numbers_seq;
CREATE COLLATION strict (provider = libc, locale = 'C');
CREATE TABLE numbers (
  a integer DEFAULT 5, b integer DEFAULT -1, c smallint DEFAULT -1, d bigint DEFAULT -5000000000, e numeric DEFAULT -1.50,
  f numeric(10, 2) DEFAULT 0, g real DEFAULT 1.5, h float8 DEFAULT -1, i float8 DEFAULT 'NaN', j float8 DEFAULT 1e10,
  k integer DEFAULT 1 + 2, l integer DEFAULT NULL, m bigint DEFAULT nextval('numbers_seq'), n numeric DEFAULT '7'
);
CREATE TABLE texts (
  a varchar(10) DEFAULT 'it''s', b text DEFAULT 'a::b', c text DEFAULT E'tab\there\\', d char(3) DEFAULT 'ab',
  e text DEFAULT 'xyz'::varchar(1), f text DEFAULT 'x'::varchar, g varchar(2) DEFAULT 'xyz'::text, h varchar DEFAULT 'a' || 'b',
  i text DEFAULT CURRENT_USER, j citext DEFAULT 'X', k code DEFAULT 'y', l bytea DEFAULT '\x00ff', m text DEFAULT '',
  n "char" DEFAULT 'c', o text DEFAULT '100%'
);
CREATE TABLE others (
  a boolean DEFAULT true, b boolean DEFAULT 'f', c status DEFAULT 'new', d status[] DEFAULT '{}', e text[] DEFAULT '{}',
  f text[] DEFAULT ARRAY['a', 'b'], g jsonb DEFAULT '{"a": [1]}', h timestamptz DEFAULT now(),
  i timestamptz DEFAULT '2020-01-01 00:00:00+02', j timestamp DEFAULT timezone('utc', now()), k date DEFAULT CURRENT_DATE,
  l time DEFAULT '12:00', m interval DEFAULT '1 day', n uuid DEFAULT gen_random_uuid(), o bit(3) DEFAULT B'101',
  p int4range DEFAULT '[1,2)', q inet DEFAULT '::1'
);
CREATE TABLE computed (
  a integer, b text, c integer GENERATED ALWAYS AS (a * 2) STORED, d text GENERATED ALWAYS AS (lower('X' || b)) STORED,
  e integer GENERATED ALWAYS AS ((a + 1) * (a - 1)) STORED
);
CREATE TABLE collated (
  a text COLLATE "C", b varchar(9) COLLATE "POSIX", c text COLLATE pg_catalog."default", d text COLLATE strict,
  e text[] COLLATE "C"
);
