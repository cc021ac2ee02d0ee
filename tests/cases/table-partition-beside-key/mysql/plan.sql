-- Modify "shelf" table
ALTER TABLE `shelf` DROP FOREIGN KEY `in_room`;
-- Modify "room" table
ALTER TABLE `room` PARTITION BY HASH (`id`) PARTITIONS 2;
-- Modify "shelf" table
ALTER TABLE `shelf` DROP INDEX `in_room`;
