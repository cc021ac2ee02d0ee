-- Modify "item" table
ALTER TABLE `item` DROP INDEX `ix`;
