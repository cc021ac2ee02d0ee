INSERT INTO item (id, name, b) VALUES (1, 'one', true), (2, 'two', false);
