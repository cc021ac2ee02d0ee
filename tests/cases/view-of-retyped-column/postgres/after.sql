CREATE TABLE users (id integer PRIMARY KEY, email varchar(200) NOT NULL);
CREATE VIEW user_list AS SELECT id, email FROM users;
CREATE VIEW user_emails AS SELECT email FROM user_list;
CREATE VIEW user_ids AS SELECT id FROM users;
