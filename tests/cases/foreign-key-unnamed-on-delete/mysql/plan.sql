-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `item_ibfk_1`;
-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `item_ibfk_1` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE;
