INSERT INTO item (id, name, qty) VALUES (1, 'one', 1), (50, 'gone', 2);
DELETE FROM item WHERE id = 50;
