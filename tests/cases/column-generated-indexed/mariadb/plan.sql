-- Modify "item" table
ALTER TABLE `item` DROP COLUMN `n`, ADD COLUMN `n` int AS (`q` * 2) STORED;
