INSERT INTO room (id) VALUES (1);
INSERT INTO shelf (id, room_id) VALUES (1, 1);
