INSERT INTO room (id) VALUES (1), (2);
INSERT INTO shelf (id, room_id, boards) VALUES (1, 1, 4), (2, NULL, NULL);
