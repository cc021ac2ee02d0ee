-- Modify "item" table
ALTER TABLE `item` DROP CONSTRAINT `item_chk_3`, ADD CONSTRAINT `item_chk_4` CHECK (`a` > 1);
