-- Add column "size" to table: "item"
ALTER TABLE `item` ADD COLUMN `size` integer NULL;
