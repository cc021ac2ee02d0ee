-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `made` datetime NULL DEFAULT current_timestamp(), ADD COLUMN `made6` datetime(6) NULL DEFAULT current_timestamp(6), ADD COLUMN `code` char(36) NULL DEFAULT uuid(), ADD COLUMN `both_` varchar(10) NULL DEFAULT concat('a','b'), ADD COLUMN `num` int NULL DEFAULT (1 + 1);
