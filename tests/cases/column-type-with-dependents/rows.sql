INSERT INTO item (id, code, qty) VALUES (1, 'A-1', 4);
INSERT INTO part (id, item_code) VALUES (1, 'A-1');
