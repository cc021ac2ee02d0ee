INSERT INTO team (id) VALUES (1);
INSERT INTO member (id, team_id, role) VALUES (1, 1, 'lead');
