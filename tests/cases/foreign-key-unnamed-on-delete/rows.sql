INSERT INTO box (id) VALUES (1), (2);
INSERT INTO item (id, box_id, next_id) VALUES (1, 1, 2);
