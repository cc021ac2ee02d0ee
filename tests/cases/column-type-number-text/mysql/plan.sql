-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `n` varchar(20) NULL;
