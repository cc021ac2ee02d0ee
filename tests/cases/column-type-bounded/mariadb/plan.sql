-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `s` varchar(300) NULL;
