INSERT INTO item (id, name, a, b) VALUES (1, 'one', 'x', 'y'), (2, 'two', NULL, 'z');
