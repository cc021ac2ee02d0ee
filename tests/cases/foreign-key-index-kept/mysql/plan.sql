-- Modify "item" table
ALTER TABLE `item` DROP INDEX `fk_box`, ADD INDEX `ix` (`box_id`, `name`);
