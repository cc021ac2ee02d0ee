INSERT INTO item (id, name, a, b) VALUES (1, 'one', '2024-02-29 10:00:00', '2024-02-29');
