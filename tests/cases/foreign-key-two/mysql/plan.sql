-- Modify "item" table
ALTER TABLE `item` ADD INDEX `b_id` (`b_id`), ADD CONSTRAINT `item_ibfk_2` FOREIGN KEY (`b_id`) REFERENCES `box` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
