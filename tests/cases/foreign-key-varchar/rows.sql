INSERT INTO box (code) VALUES ('a');
INSERT INTO item (id, box) VALUES (1, 'a');
