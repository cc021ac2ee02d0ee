-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `box_id` int NULL, ADD INDEX `box_id` (`box_id`), ADD CONSTRAINT `item_ibfk_1` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
