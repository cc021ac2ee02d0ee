-- Drop index "ix_item" from table: "item"
DROP INDEX `ix_item`;
-- Create index "ix_item" to table: "item"
CREATE INDEX `ix_item` ON `item` (`c`, `b`);
