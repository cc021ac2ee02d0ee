-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `name` varchar(30) NOT NULL, MODIFY COLUMN `s` varchar(10) NULL, CHARSET utf8mb4 COLLATE utf8mb4_bin;
