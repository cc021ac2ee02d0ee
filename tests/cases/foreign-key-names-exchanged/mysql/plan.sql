-- Modify "player" table
ALTER TABLE `player` DROP FOREIGN KEY `plays`, DROP INDEX `plays`;
-- Modify "coach" table
ALTER TABLE `coach` DROP FOREIGN KEY `trains`, RENAME INDEX `trains` TO `plays`, ADD CONSTRAINT `plays` FOREIGN KEY (`club_id`) REFERENCES `club` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE;
-- Modify "player" table
ALTER TABLE `player` ADD INDEX `trains` (`club_id`), ADD CONSTRAINT `trains` FOREIGN KEY (`club_id`) REFERENCES `club` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
