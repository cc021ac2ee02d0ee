INSERT INTO item (id, code, qty) VALUES (1, 'a', 1);
