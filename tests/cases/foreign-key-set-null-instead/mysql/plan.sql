-- Modify "shelf" table
ALTER TABLE `shelf` DROP FOREIGN KEY `in_room`, MODIFY COLUMN `room_id` int NULL, ADD CONSTRAINT `may_be_in_room` FOREIGN KEY (`room_id`) REFERENCES `room` (`id`) ON UPDATE NO ACTION ON DELETE SET NULL;
