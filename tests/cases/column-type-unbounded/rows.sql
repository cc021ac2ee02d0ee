INSERT INTO item (id, name, a, b, c) VALUES (1, 'one', 'x', 'y', 1.25);
