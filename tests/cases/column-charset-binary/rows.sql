INSERT INTO item (id, name, kind) VALUES (1, 'one', 'a'), (2, 'two', NULL);
