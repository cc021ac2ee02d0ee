-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `code` varchar(10) NULL, ADD UNIQUE INDEX `code` (`code`);
