INSERT INTO item (id, name, a, b) VALUES (1, 'one', '{"k": 1}', '{"k": 2}');
