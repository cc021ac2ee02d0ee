-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `b` int NULL;
