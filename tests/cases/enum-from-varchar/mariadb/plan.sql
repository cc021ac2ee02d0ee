-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `k` enum('a','b') NULL;
