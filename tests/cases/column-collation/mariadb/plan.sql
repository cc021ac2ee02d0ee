-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `s` varchar(10) NULL COLLATE utf8mb4_bin;
