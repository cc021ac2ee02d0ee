INSERT INTO item (id, name, note) VALUES (1, 'one', 'a'), (2, 'two', NULL);
