-- Add column "qty" to table: "item"
ALTER TABLE `item` ADD COLUMN `qty` integer NOT NULL;
