-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `n` int AS (`q` * 3) STORED NULL;
