-- Drop column "note" from table: "item"
ALTER TABLE `item` DROP COLUMN `note`;
-- Drop column "qty" from table: "item"
ALTER TABLE `item` DROP COLUMN `qty`;
