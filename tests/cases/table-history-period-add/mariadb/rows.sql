INSERT INTO salary (id, amount) VALUES (1, 10);
