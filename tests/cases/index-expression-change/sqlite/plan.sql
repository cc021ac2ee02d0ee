-- Drop index "ix_item_expr" from table: "item"
DROP INDEX `ix_item_expr`;
-- Create index "ix_item_expr" to table: "item"
CREATE INDEX `ix_item_expr` ON `item` ((upper(a)));
