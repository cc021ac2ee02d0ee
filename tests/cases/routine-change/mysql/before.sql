CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL);
CREATE FUNCTION twice(a integer) RETURNS integer DETERMINISTIC BEGIN RETURN a * 2; END;
CREATE PROCEDURE clean(IN before_id integer) BEGIN DELETE FROM users WHERE id < before_id; END;
CREATE PROCEDURE kept() BEGIN DELETE FROM users; END;
