-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `k` varchar(10) NULL;
