INSERT INTO item (id, qty) VALUES (1, 1);
INSERT INTO new_item (id, qty) VALUES (1, 9);
