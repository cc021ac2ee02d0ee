INSERT INTO item (id, state) VALUES (1, 'new'), (2, 'done');
