-- Modify "item" table
ALTER TABLE `item` DROP FOREIGN KEY `fk_code`;
-- Modify "box" table
ALTER TABLE `box` MODIFY COLUMN `code` varchar(10) NOT NULL COLLATE utf8mb4_bin;
-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `box_code` varchar(10) NULL COLLATE utf8mb4_bin;
-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `fk_code` FOREIGN KEY (`box_code`) REFERENCES `box` (`code`) ON UPDATE RESTRICT ON DELETE RESTRICT;
