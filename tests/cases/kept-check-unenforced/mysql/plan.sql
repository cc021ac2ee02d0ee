-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `b` int NULL;
