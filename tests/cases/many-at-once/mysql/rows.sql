INSERT INTO box (id) VALUES (1);
INSERT INTO item (id, name, n, box_id) VALUES (1, 'one', 2, 1), (2, 'two', 3, NULL);
