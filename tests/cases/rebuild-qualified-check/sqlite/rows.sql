INSERT INTO item (id, price, label) VALUES (1, 5, 'pen');
INSERT INTO item (id, price, label) VALUES (2, 7, 'ink');
