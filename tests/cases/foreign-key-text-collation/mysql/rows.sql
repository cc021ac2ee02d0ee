INSERT INTO box (id, code) VALUES (1, 'x');
INSERT INTO item (id, name, box_code) VALUES (1, 'one', 'x');
