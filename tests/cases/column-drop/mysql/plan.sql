-- Modify "item" table
ALTER TABLE `item` DROP COLUMN `note`;
