CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, active boolean NOT NULL);
CREATE VIEW kept AS SELECT id FROM users;
