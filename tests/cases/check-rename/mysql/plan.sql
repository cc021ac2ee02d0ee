-- Modify "item" table
ALTER TABLE `item` DROP CHECK `ck`, ADD CONSTRAINT `ck_item_n` CHECK (`n` > 0);
