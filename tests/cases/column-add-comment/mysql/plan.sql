-- Modify "item" table
ALTER TABLE `item` ADD COLUMN `note` text NULL COMMENT 'it''s a "note" \\ here';
