INSERT INTO item (id, name, n) VALUES (1, 'one', 1.5), (2, 'two', 2.25);
