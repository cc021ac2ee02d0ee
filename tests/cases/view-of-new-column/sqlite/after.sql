CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, active boolean NOT NULL DEFAULT 0);
CREATE TABLE teams (id integer PRIMARY KEY, leader integer NOT NULL REFERENCES users (id));
CREATE VIEW user_list AS SELECT users.id, users.active, teams.id AS team FROM users JOIN teams ON teams.leader = users.id;
