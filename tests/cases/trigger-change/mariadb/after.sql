CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, changes integer NOT NULL DEFAULT 0);
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW BEGIN SET new.changes = old.changes + 2; END;
