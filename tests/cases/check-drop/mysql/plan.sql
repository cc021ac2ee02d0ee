-- Modify "item" table
ALTER TABLE `item` DROP CONSTRAINT `ck`;
