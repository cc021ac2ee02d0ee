-- Drop column "gross" from table: "item"
ALTER TABLE `item` DROP COLUMN `gross`;
-- Drop column "price" from table: "item"
ALTER TABLE `item` DROP COLUMN `price`;
