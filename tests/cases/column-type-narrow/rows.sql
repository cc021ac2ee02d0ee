INSERT INTO item (id, name, a, b, c, d) VALUES (1, 'one', 'text', 12, 3.25, 1.5);
