INSERT INTO item (id, name, kind) VALUES (1, 'one', 'b');
