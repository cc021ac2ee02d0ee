-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `fk_box`, ADD CONSTRAINT `fk_item_box` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT;
