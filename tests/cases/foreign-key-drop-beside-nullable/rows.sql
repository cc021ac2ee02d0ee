INSERT INTO room (id) VALUES (1);
INSERT INTO shelf (id, room_id, next_id) VALUES (1, 1, 1);
