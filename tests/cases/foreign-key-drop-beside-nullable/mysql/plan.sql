-- Modify "shelf" table
ALTER TABLE `shelf` DROP FOREIGN KEY `shelf_ibfk_1`, DROP INDEX `room_id`, DROP COLUMN `room_id`, MODIFY COLUMN `next_id` int NULL;
