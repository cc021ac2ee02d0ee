INSERT INTO box (id, shelf) VALUES (1, 2);
INSERT INTO item (id, box_id, shelf) VALUES (1, 1, 2);
