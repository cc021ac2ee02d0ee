INSERT INTO item (id, name, s) VALUES (1, 'one', 'x'), (2, 'two', 'y');
