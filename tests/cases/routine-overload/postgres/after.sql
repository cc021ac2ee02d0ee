CREATE FUNCTION norm(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(a)';
CREATE FUNCTION norm(a integer, b integer) RETURNS bigint LANGUAGE sql AS 'SELECT a::bigint';
CREATE FUNCTION f(x bigint) RETURNS text LANGUAGE sql AS $$SELECT 'new'$$;
CREATE TABLE t (id integer PRIMARY KEY, a text);
CREATE INDEX t_norm ON t (norm(a));
