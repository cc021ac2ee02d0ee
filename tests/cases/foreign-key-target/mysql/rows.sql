INSERT INTO box (id) VALUES (1);
INSERT INTO crate (id) VALUES (1);
INSERT INTO item (id, name, box_id) VALUES (1, 'one', 1);
