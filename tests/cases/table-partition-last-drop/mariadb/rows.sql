INSERT INTO hits (id, k) VALUES (1, 1), (2, 11);
