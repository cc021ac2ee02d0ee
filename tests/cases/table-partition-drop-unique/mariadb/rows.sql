INSERT INTO elk (id, tag) VALUES (1, 7), (2, NULL);
