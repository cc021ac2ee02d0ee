-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [item_code];
-- Create index "item_code" to table: "item"
CREATE UNIQUE NONCLUSTERED INDEX [item_code] ON [dbo].[item] ([code] ASC);
