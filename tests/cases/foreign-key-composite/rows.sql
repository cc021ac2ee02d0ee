INSERT INTO room (house, number) VALUES (1, 2);
INSERT INTO booking (id, house, number) VALUES (1, 1, 2);
