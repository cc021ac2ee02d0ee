CREATE DOMAIN email AS varchar(80) CONSTRAINT email_form CHECK (VALUE LIKE '%@%');
CREATE TYPE place AS (street text, number integer);
CREATE TYPE spans AS RANGE (subtype = float8);
CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, other email, home place, active spans);
CREATE TABLE teams (id integer PRIMARY KEY, contact email NOT NULL);
