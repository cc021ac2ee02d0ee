INSERT INTO box (id) VALUES (1), (2);
INSERT INTO item (id, name, box_id) VALUES (1, 'one', 1), (2, 'two', 2);
