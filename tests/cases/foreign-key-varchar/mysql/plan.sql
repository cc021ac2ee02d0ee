-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `fk_box`;
-- Modify "box" table
ALTER TABLE `box` MODIFY COLUMN `code` varchar(255) NOT NULL;
-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `box` varchar(255) NULL;
-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `fk_box` FOREIGN KEY (`box`) REFERENCES `box` (`code`) ON UPDATE NO ACTION ON DELETE NO ACTION;
