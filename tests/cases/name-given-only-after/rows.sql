INSERT INTO box (id) VALUES (7);
INSERT INTO item (id, code, qty, box_id) VALUES (1, 'a', 5, 7);
