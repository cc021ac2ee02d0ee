INSERT INTO item (id, status, active, name) VALUES (1, 'a', true, 'abc');
