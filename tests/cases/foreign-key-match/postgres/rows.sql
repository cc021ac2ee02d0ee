INSERT INTO team (id) VALUES (1), (2);
INSERT INTO club (id) VALUES (1), (2);
INSERT INTO member (id, team_id) VALUES (1, 2);
