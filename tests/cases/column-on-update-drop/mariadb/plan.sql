-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `changed` datetime(3) NULL;
