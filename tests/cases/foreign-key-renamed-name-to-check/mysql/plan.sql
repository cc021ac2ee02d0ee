-- Modify "shelf" table
ALTER TABLE `shelf` DROP FOREIGN KEY `fits`, DROP CONSTRAINT `few`;
-- Modify "shelf" table
ALTER TABLE `shelf` ADD CONSTRAINT `fits` CHECK (`boards` < 9), ADD CONSTRAINT `few` FOREIGN KEY (`room_id`) REFERENCES `room` (`id`) ON UPDATE NO ACTION ON DELETE CASCADE;
