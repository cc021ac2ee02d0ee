-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `item_ibfk_1`, DROP CHECK `item_chk_1`, DROP CHECK `item_chk_2`, RENAME INDEX `code` TO `uq_item`, ADD CONSTRAINT `positive` CHECK (`qty` > 0), ADD CONSTRAINT `few` CHECK (`qty` < `box_id`), ADD CONSTRAINT `fk_item_box` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
