CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR(80) NOT NULL, active BIT NOT NULL, PRIMARY KEY (id));
GO
CREATE VIEW user_list AS SELECT id, email, active FROM users;
