INSERT INTO team (id, title) VALUES (1, 'one');
INSERT INTO person (id, name, team_id, boss_id) VALUES (1, 'ann', 1, NULL), (2, 'bob', NULL, 1);
