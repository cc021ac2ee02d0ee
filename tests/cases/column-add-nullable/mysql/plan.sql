-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `note` varchar(50) NULL;
