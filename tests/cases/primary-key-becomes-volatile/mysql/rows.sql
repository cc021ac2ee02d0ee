INSERT INTO item VALUES (1, 7), (2, 8);
