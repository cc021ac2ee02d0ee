-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `n` bigint NULL;
