INSERT INTO item (id, name, a, b, c, d) VALUES (1, 'one', '1 second', '10:00:00', B'0101', 1.5);
