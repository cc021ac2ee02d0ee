INSERT INTO elk (id, herd) VALUES (1, 7), (2, 8);
