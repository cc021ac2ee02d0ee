-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `fk_box`, DROP INDEX `fk_box`, DROP COLUMN `box_id`;
