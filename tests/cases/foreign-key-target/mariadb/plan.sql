-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `fk_box`;
-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `fk_box` FOREIGN KEY (`box_id`) REFERENCES `crate` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT;
