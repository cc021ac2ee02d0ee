-- Modify "item" table
ALTER TABLE `item` ADD CONSTRAINT `item_chk_1` CHECK (`n` > 0);
