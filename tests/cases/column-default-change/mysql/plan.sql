-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `s` varchar(10) NULL DEFAULT "b";
