INSERT INTO s (id, t) VALUES (1, 'A');
