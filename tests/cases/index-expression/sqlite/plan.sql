-- Create index "ix_item_coalesce" to table: "item"
CREATE UNIQUE INDEX `ix_item_coalesce` ON `item` ((coalesce(a, '')));
-- Create index "ix_item_lower" to table: "item"
CREATE INDEX `ix_item_lower` ON `item` ((lower(a)));
-- Create index "ix_item_sum" to table: "item"
CREATE INDEX `ix_item_sum` ON `item` ((b + c), `a`);
