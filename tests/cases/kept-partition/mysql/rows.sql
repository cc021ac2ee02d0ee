INSERT INTO hits (id, k) VALUES (1, 0), (2, 1);
