CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL);
CREATE VIEW user_list AS SELECT id, email FROM users;
