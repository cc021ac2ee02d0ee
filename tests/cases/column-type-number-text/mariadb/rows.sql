INSERT INTO item (id, name, n) VALUES (1, 'one', 1), (2, 'two', 2);
