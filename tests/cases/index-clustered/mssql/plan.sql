-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [pk_item];
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [pk_item] PRIMARY KEY NONCLUSTERED ([id] ASC);
-- Create index "ix_item_at" to table: "item"
CREATE CLUSTERED INDEX [ix_item_at] ON [dbo].[item] ([at] DESC);
