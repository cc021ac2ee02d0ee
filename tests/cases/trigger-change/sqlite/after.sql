CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, changed text NOT NULL DEFAULT '');
CREATE TRIGGER touch AFTER UPDATE OF email ON users BEGIN UPDATE users SET changed = 'later' WHERE id = new.id; END;
CREATE TRIGGER kept AFTER DELETE ON users BEGIN SELECT 1; END;
