CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR(200) NOT NULL, PRIMARY KEY (id));
GO
CREATE VIEW user_list AS SELECT id, email FROM users;
GO
CREATE VIEW a_emails AS SELECT email FROM user_list;
GO
CREATE VIEW everything AS SELECT u.* FROM users AS u;
GO
CREATE VIEW user_ids AS SELECT id FROM users;
