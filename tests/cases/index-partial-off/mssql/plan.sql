-- Drop index "ix_item_b" from table: "item"
DROP INDEX [ix_item_b] ON [dbo].[item];
-- Create index "ix_item_b" to table: "item"
CREATE NONCLUSTERED INDEX [ix_item_b] ON [dbo].[item] ([b] ASC);
