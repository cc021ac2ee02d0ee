INSERT INTO item (id, name, a, b) VALUES (1, 'one', 42, 1.5);
