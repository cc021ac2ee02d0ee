-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `s` longtext NULL;
