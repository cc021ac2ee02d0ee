-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `k` enum('a','b','c') NULL;
