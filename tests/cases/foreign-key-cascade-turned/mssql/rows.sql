INSERT INTO bee (id) VALUES (1);
INSERT INTO cat (id, bee_id) VALUES (1, 1);
INSERT INTO elk (id, cat_id) VALUES (1, 1);
