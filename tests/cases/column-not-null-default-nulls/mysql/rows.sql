INSERT INTO item (n, s) VALUES (NULL, NULL), (1, 'a');
