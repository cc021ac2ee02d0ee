INSERT INTO item (id, name, t) VALUES (1, 'one', '2020-01-01 10:00:00'), (2, 'two', NULL);
