-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [ck_item_qty];
