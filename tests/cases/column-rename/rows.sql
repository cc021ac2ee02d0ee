INSERT INTO item (id, name, colour) VALUES (1, 'one', 'red');
