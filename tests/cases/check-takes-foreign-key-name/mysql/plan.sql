-- Modify "shelf" table
ALTER TABLE `shelf` DROP FOREIGN KEY `fits`, DROP CONSTRAINT `numbered`;
-- Modify "shelf" table
ALTER TABLE `shelf` DROP INDEX `fits`, ADD INDEX `numbered` (`room`), ADD CONSTRAINT `fits` CHECK (`above` < 900), ADD CONSTRAINT `numbered` FOREIGN KEY (`room`) REFERENCES `shelf` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
