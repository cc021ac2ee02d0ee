-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `data` json NULL;
