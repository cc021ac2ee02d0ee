INSERT INTO a (id, x) VALUES (1, 1);
INSERT INTO b (id, y, a_id) VALUES (1, 1, 1);
UPDATE a SET b_id = 1;
