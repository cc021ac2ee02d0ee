-- Modify "item" table
ALTER TABLE `item` ADD INDEX `fk_parent` (`parent`), ENGINE InnoDB;
-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `fk_parent` FOREIGN KEY (`parent`) REFERENCES `item` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
