-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `k` enum('b','a') NULL;
