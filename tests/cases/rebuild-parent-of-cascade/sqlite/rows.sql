INSERT INTO team (id, name) VALUES (1, 'x'), (2, 'y');
INSERT INTO member (id, team_id) VALUES (1, 1), (2, 2);
INSERT INTO badge (id, member_id) VALUES (1, 1), (2, 2);
