CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, changed integer NOT NULL DEFAULT 0);
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW BEGIN
  IF new.email <> old.email THEN
    SET new.changed = old.changed + 1;
  END IF;
END;
