INSERT INTO item (id, name, price) VALUES (1, 'one', 4);
