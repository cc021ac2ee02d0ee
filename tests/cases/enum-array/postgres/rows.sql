INSERT INTO item (id, state) VALUES (1, '{new,done}');
