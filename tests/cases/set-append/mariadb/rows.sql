INSERT INTO item (id, name, k) VALUES (1, 'one', 'a,b'), (2, 'two', 'b');
