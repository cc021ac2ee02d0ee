-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `s` text NULL COMPRESSED;
