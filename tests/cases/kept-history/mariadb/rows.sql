INSERT INTO salary (id, amount) VALUES (1, 10), (2, 20);
UPDATE salary SET amount = 30 WHERE id = 2;
