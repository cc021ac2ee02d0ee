INSERT INTO log (rowid, line, level) VALUES (10, 'a', 'x'), (5, 'b', 'y');
