INSERT INTO team (id) VALUES (1);
INSERT INTO person (id, team_id) VALUES (1, 1);
