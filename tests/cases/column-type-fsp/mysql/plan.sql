-- Modify "item" table
ALTER TABLE `item` MODIFY COLUMN `t` datetime(6) NULL;
