INSERT INTO tag (label) VALUES ('a'), ('b');
