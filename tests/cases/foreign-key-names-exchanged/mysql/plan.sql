-- Modify "player" table
ALTER TABLE `player` DROP FOREIGN KEY `plays`;
-- Modify "coach" table
ALTER TABLE `coach` DROP FOREIGN KEY `trains`, ADD CONSTRAINT `plays` FOREIGN KEY (`club_id`) REFERENCES `club` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE;
-- Modify "player" table
ALTER TABLE `player` ADD CONSTRAINT `trains` FOREIGN KEY (`club_id`) REFERENCES `club` (`id`) ON UPDATE NO ACTION ON DELETE NO ACTION;
