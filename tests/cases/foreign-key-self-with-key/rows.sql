INSERT INTO item (id, code, parent) VALUES (1, 10, NULL), (2, 20, 10), (3, 30, 20);
