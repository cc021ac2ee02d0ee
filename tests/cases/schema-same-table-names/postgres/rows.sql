INSERT INTO one.event (id, kind) VALUES (1, 'x');
