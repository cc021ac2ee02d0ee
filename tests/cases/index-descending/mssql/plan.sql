-- Drop index "ix_item_b_c" from table: "item"
DROP INDEX [ix_item_b_c] ON [dbo].[item];
-- Create index "ix_item_b_c" to table: "item"
CREATE NONCLUSTERED INDEX [ix_item_b_c] ON [dbo].[item] ([b] DESC, [c] ASC);
