INSERT INTO salary (id, amount) VALUES (1, 10), (2, 20);
