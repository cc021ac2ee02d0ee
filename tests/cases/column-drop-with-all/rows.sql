INSERT INTO team (id) VALUES (5);
INSERT INTO item (id, name, team_id, qty) VALUES (1, 'one', 5, 2);
