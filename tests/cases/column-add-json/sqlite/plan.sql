-- Add column "data" to table: "item"
ALTER TABLE `item` ADD COLUMN `data` json NULL;
-- Add column "extra" to table: "item"
ALTER TABLE `item` ADD COLUMN `extra` json NOT NULL DEFAULT '{}';
