INSERT INTO item (id, name, q) VALUES (1, 'one', 1), (2, 'two', 2);
