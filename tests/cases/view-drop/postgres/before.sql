CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, active boolean NOT NULL);
CREATE VIEW kept AS SELECT id FROM users;
CREATE VIEW active_users AS SELECT id, email FROM users WHERE active;
CREATE VIEW active_emails AS SELECT email FROM active_users;
