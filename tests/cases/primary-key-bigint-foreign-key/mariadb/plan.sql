-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `fk_box`;
-- Modify "box" table
ALTER TABLE `box` MODIFY COLUMN `id` bigint NOT NULL;
-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `box_id` bigint NULL;
-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `fk_box` FOREIGN KEY (`box_id`) REFERENCES `box` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT;
