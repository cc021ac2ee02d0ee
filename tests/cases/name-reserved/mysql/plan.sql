-- Modify "order" table
ALTER TABLE `order` ADD COLUMN `key` int NULL, ADD INDEX `index` (`key`);
