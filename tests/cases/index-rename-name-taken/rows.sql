INSERT INTO item (id, code, qty) VALUES (1, 1, 1);
