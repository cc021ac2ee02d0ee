-- Create index "ix_item_b" to table: "item"
CREATE INDEX `ix_item_b` ON `item` (`b`) WHERE a IS NOT NULL AND b > 10;
-- Create index "uq_item_c" to table: "item"
CREATE UNIQUE INDEX `uq_item_c` ON `item` (`c`) WHERE a <> 'it''s';
