-- Drop index "ix_item_a" from table: "item"
DROP INDEX [ix_item_a] ON [dbo].[item];
-- Create index "ix_item_a" to table: "item"
CREATE UNIQUE NONCLUSTERED INDEX [ix_item_a] ON [dbo].[item] ([a] ASC);
