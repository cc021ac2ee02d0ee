INSERT INTO item (id, code) VALUES (1, 'a');
INSERT INTO part (id, code) VALUES (1, 'a');
