INSERT INTO box (id) VALUES (1);
INSERT INTO item (id, name, a_id) VALUES (1, 'one', 1);
