INSERT INTO item (id, name, code, kind) VALUES (1, 'one', 'a', 'k'), (2, 'two', 'b', 'k');
