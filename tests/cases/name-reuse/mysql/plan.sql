-- Modify "a" table
ALTER TABLE `a` DROP FOREIGN KEY `same`, DROP INDEX `same`;
-- Modify "b" table
ALTER TABLE `b` ADD INDEX `same` (`x`), ADD CONSTRAINT `same` FOREIGN KEY (`x`) REFERENCES `b` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
