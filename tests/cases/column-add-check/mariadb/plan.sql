-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `n` int NULL, ADD CONSTRAINT `ck_n` CHECK (`n` > 0);
