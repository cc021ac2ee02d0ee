-- Add column "color" to table: "item"
ALTER TABLE `item` ADD COLUMN `color` varchar(20) NULL;
-- Drop column "colour" from table: "item"
ALTER TABLE `item` DROP COLUMN `colour`;
