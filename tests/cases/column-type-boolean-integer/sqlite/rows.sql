INSERT INTO item (id, name, a) VALUES (1, 'one', 0), (2, 'two', 1);
