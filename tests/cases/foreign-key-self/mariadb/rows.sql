INSERT INTO item (id, name, parent_id) VALUES (1, 'one', NULL), (2, 'two', 1);
