INSERT INTO slot (day, room, who) VALUES (1, 1, 'ann'), (2, 1, 'bob');
