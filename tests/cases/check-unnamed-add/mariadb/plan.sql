-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `CONSTRAINT_1` CHECK (`n` > 0);
