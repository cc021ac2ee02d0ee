INSERT INTO item (id, parent) VALUES (1, NULL), (2, 1);
