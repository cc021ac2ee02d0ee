CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR(80) NOT NULL, nick VARCHAR(20), PRIMARY KEY (id));
GO
CREATE VIEW user_list AS SELECT id, email, nick FROM users WHERE id > 1;
