-- Add column "status" to table: "item"
ALTER TABLE `item` ADD COLUMN `status` varchar(5) NOT NULL DEFAULT 'draft' CONSTRAINT `item_status` CHECK (status IN ('draft', 'done'));
