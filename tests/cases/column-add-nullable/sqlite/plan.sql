-- Add column "note" to table: "item"
ALTER TABLE `item` ADD COLUMN `note` text NULL;
-- Add column "qty" to table: "item"
ALTER TABLE `item` ADD COLUMN `qty` integer NULL;
