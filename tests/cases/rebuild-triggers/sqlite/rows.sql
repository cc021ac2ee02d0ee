INSERT INTO item (id, name, qty) VALUES (1, 'one', 1);
