-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `n` decimal(12,4) NULL;
