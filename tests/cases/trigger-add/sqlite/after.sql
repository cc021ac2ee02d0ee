CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, changed text);
CREATE TRIGGER touch AFTER UPDATE OF email ON users BEGIN
  UPDATE users SET changed = 'now' WHERE id = new.id;
END;
