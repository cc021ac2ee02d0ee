INSERT INTO item (name) VALUES ('one'), ('two');
