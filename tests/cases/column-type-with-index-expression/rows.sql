INSERT INTO item (id, name, code) VALUES (1, 'one', 40);
