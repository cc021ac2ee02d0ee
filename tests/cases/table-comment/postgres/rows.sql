INSERT INTO gains (id) VALUES (1);
