CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL);
CREATE FUNCTION active_count(at date, limits integer DEFAULT 10) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM users WHERE id > limits';
CREATE PROCEDURE clean(before_id integer) LANGUAGE sql BEGIN ATOMIC DELETE FROM users WHERE id < before_id; SELECT 1; END;
COMMENT ON FUNCTION active_count(date, integer) IS 'it''s; approximate';
