CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL);
CREATE FUNCTION twice(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + a';
CREATE FUNCTION half(a integer) RETURNS numeric LANGUAGE sql AS 'SELECT a / 2.0';
CREATE VIEW halves AS SELECT half(id) AS half FROM users;
