INSERT INTO node (id, parent_id, label) VALUES (1, NULL, 'r'), (2, 1, 'a'), (3, 2, 'b');
