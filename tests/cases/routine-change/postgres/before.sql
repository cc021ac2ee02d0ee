CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL);
CREATE FUNCTION twice(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a * 2';
CREATE FUNCTION half(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a / 2';
CREATE VIEW halves AS SELECT half(id) AS half FROM users;
