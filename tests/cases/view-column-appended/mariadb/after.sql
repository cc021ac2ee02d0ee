CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, nick varchar(20));
CREATE VIEW user_list AS SELECT id, email, nick FROM users WHERE id > 1;
