INSERT INTO team (id, name) VALUES (1, 'red'), (2, 'blue');
