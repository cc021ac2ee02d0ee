INSERT INTO team (id, name) VALUES (1, 'red'), (2, 'blue');
INSERT INTO member (id, team_id, email) VALUES (1, 1, 'a@example.com');
