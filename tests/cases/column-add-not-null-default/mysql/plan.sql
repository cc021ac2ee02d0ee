-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `state` varchar(10) NOT NULL DEFAULT "new";
