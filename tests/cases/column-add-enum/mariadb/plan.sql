-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `kind` enum('small','large') NOT NULL DEFAULT 'small';
