INSERT INTO session (id, token, seen) VALUES (1, 'a1', 10), (2, 'b2', 20);
