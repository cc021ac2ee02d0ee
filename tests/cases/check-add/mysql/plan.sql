-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `ck` CHECK (`n` > 0);
