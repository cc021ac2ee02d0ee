-- Add column "qty" to table: "item"
ALTER TABLE `item` ADD COLUMN `qty` integer NULL CONSTRAINT `ck_item_qty` CHECK (qty > 0);
