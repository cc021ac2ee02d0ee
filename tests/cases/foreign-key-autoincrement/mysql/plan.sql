-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `fk_box`;
-- Modify "box" table
ALTER TABLE `box` MODIFY COLUMN `id` int NOT NULL AUTO_INCREMENT;
-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `fk_box` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
