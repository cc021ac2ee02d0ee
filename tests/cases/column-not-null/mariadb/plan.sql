-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `n` int NOT NULL;
