INSERT INTO alpha (id, x) VALUES (1, 1);
INSERT INTO beta (id, x) VALUES (1, 2);
