-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [uq_item_code];
