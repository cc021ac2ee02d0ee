-- Modify "item" table
ALTER TABLE `item` DROP CONSTRAINT `item_chk_1`;
