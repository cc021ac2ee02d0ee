INSERT INTO doc (id, body, tags) VALUES (1, '{}', '{a}');
