-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `k` set('a','b','c') NULL;
