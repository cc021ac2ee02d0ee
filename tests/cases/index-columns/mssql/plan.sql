-- Drop index "ix_item" from table: "item"
DROP INDEX [ix_item] ON [dbo].[item];
-- Create index "ix_item" to table: "item"
CREATE NONCLUSTERED INDEX [ix_item] ON [dbo].[item] ([c] ASC, [b] ASC);
