INSERT INTO item (id, title) VALUES (1, 'x');
