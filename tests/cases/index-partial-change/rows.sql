INSERT INTO item (id, name, a, b, c) VALUES (1, 'one', 'x', 1, 2), (2, 'two', 'y', 2, 3);
