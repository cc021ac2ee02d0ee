INSERT INTO item (id, name, price, gross) VALUES (1, 'one', 4, 5);
