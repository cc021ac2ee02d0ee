INSERT INTO s (id, a, g) VALUES (1, 5, 6);
