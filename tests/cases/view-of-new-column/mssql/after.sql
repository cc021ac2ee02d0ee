CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR(80) NOT NULL, active BIT NOT NULL DEFAULT 0, PRIMARY KEY (id));
CREATE TABLE teams (id INTEGER NOT NULL PRIMARY KEY, leader INTEGER NOT NULL REFERENCES users (id));
GO
CREATE VIEW user_list AS SELECT users.id, users.active, teams.id AS team FROM users JOIN teams ON teams.leader = users.id;
