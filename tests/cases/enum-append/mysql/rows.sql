INSERT INTO item (id, name, k) VALUES (1, 'one', 'a'), (2, 'two', 'b');
