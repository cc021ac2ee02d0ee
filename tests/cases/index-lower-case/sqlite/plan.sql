-- Drop index "ix_item_a" from table: "item"
DROP INDEX `ix_item_a`;
-- Create index "ix_item_a" to table: "item"
CREATE INDEX `ix_item_a` ON `item` (`a` DESC) WHERE b > 2;
