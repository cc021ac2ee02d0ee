CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, active boolean NOT NULL);
CREATE VIEW active_users AS SELECT email, id AS user_id FROM users WHERE active OR email = 'a''b';
