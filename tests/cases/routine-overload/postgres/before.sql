CREATE FUNCTION norm(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(a)';
CREATE FUNCTION norm(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION f(x integer) RETURNS text LANGUAGE sql AS $$SELECT 'old'$$;
CREATE TABLE t (id integer PRIMARY KEY, a text);
CREATE INDEX t_norm ON t (norm(a));
