-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `n` int AS (`q` * 2) VIRTUAL NULL;
