-- Modify "item" table
ALTER TABLE `item` DROP CHECK `item_chk_1`, ADD CONSTRAINT `item_chk_1` CHECK (`n` > -(1));
