INSERT INTO club (id, name) VALUES (1, 'a'), (2, NULL);
INSERT INTO team (id, name, size) VALUES (1, 'a', 5);
INSERT INTO town (id, name) VALUES (1, 'a');
