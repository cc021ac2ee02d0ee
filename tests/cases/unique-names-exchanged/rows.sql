INSERT INTO club (code, name) VALUES (1, 'a'), (2, NULL);
INSERT INTO team (code) VALUES (1);
INSERT INTO town (id, name) VALUES (1, 'a');
