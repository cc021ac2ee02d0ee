-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `n` int NULL;
