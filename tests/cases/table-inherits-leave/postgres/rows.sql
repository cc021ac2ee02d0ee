INSERT INTO c VALUES (1, 'x', 2, 'y'); INSERT INTO base VALUES (9, 'b', 3);
