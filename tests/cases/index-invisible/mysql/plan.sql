-- Modify "item" table
ALTER TABLE `item` ALTER INDEX `ix` INVISIBLE;
