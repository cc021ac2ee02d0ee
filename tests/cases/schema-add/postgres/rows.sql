INSERT INTO team (id) VALUES (1);
