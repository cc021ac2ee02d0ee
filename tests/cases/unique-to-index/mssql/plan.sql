-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [uq_item_code];
-- Create index "ix_item_code" to table: "item"
CREATE UNIQUE NONCLUSTERED INDEX [ix_item_code] ON [dbo].[item] ([code] ASC);
