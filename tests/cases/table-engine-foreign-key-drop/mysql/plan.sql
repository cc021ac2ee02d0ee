-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `fk_box`;
-- Modify "item" table
ALTER TABLE `item` DROP INDEX `fk_box`, ENGINE MyISAM;
