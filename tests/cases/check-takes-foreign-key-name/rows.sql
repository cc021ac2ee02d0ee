INSERT INTO shelf (id, above, room) VALUES (1, NULL, 1), (2, 1, 1);
