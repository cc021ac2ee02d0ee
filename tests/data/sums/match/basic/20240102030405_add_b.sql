-- Modify "a" table
ALTER TABLE a ADD COLUMN b int;
