-- Add column "qty" to table: "item"
ALTER TABLE `item` ADD COLUMN `qty` integer NOT NULL DEFAULT '7';
-- Add column "kind" to table: "item"
ALTER TABLE `item` ADD COLUMN `kind` varchar(10) NOT NULL DEFAULT 'it''s';
