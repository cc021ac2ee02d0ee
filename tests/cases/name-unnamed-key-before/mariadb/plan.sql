-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `first_id` int NULL, ADD INDEX `first_id` (`first_id`), ADD CONSTRAINT `item_ibfk_3` FOREIGN KEY (`first_id`) REFERENCES `box` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT;
