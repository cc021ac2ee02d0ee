-- Drop index "ix_item_a" from table: "item"
DROP INDEX [ix_item_a] ON [dbo].[item];
-- Drop index "ix_item_b_c" from table: "item"
DROP INDEX [ix_item_b_c] ON [dbo].[item];
