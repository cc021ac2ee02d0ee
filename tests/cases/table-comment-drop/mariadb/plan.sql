-- Modify "item" table
ALTER TABLE `item` COMMENT "";
