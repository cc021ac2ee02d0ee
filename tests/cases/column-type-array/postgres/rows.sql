INSERT INTO item (id, name, a, b) VALUES (1, 'one', '{1,2}', '{x,y}');
