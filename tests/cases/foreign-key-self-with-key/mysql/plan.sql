-- Modify "item" table
ALTER TABLE `item` ADD INDEX `fk_parent` (`parent`), ADD UNIQUE INDEX `uq_code` (`code`);
-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `fk_parent` FOREIGN KEY (`parent`) REFERENCES `item` (`code`) ON UPDATE NO ACTION ON DELETE NO ACTION;
