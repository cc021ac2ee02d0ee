INSERT INTO item (id, name, a) VALUES (1, 'one', false), (2, 'two', true);
