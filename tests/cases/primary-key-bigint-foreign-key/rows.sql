INSERT INTO team (id, name) VALUES (7, 'x');
INSERT INTO member (id, team_id) VALUES (1, 7);
