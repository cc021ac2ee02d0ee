INSERT INTO item (id, state) VALUES (1, 'new'), (2, 'done');
INSERT INTO log (id, state) VALUES (1, 'done');
