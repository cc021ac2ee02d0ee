-- Add column "gross" to table: "item"
ALTER TABLE `item` ADD COLUMN `gross` integer NULL AS (price * 2) VIRTUAL;
