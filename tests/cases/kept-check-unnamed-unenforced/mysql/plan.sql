-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `item_chk_2` CHECK (`b` > 0);
