CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR(80) NOT NULL, active BIT NOT NULL, PRIMARY KEY (id));
GO
CREATE VIEW active_users AS SELECT id, email FROM users WHERE active = 1;
