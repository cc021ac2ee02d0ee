-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `c` int NULL;
