-- Modify "box" table
ALTER TABLE `box` ENGINE InnoDB;
-- Modify "item" table
ALTER TABLE `item` ADD INDEX `fk_box` (`box_id`), ADD CONSTRAINT `fk_box` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
