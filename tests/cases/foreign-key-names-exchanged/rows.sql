INSERT INTO club (id) VALUES (1);
INSERT INTO player (club_id) VALUES (1);
INSERT INTO coach (club_id) VALUES (1);
