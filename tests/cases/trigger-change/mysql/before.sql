CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, changed integer NOT NULL);
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW BEGIN SET new.changed = old.changed + 1; END;
CREATE TRIGGER gone BEFORE INSERT ON users FOR EACH ROW BEGIN SET new.changed = 0; END;
