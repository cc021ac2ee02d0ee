-- Modify "item" table
ALTER TABLE `item` ADD INDEX `fk_parent` (`parent_id`), ADD CONSTRAINT `fk_parent` FOREIGN KEY (`parent_id`) REFERENCES `item` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL;
