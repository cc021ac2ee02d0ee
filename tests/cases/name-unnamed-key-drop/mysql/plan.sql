-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `item_ibfk_1`, DROP INDEX `box_id`, DROP COLUMN `box_id`;
