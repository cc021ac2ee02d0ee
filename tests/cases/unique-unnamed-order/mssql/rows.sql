INSERT INTO box (id, code, qty, x, y) VALUES (1, 'a', 1, 1, 1);
INSERT INTO item (id, x, y) VALUES (1, 1, 1);
