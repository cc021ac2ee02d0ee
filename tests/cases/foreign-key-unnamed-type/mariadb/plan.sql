-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `item_ibfk_1`, DROP FOREIGN KEY `item_ibfk_2`;
-- Modify "box" table
ALTER TABLE `box` MODIFY COLUMN `id` bigint NOT NULL;
-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `box_id` bigint NULL, MODIFY COLUMN `next_id` bigint NULL;
-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `item_ibfk_1` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT, ADD CONSTRAINT `item_ibfk_2` FOREIGN KEY (`next_id`) REFERENCES `box` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT;
