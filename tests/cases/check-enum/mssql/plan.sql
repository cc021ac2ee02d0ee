-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [ck_item_kind];
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [ck_item_kind] CHECK (kind IN ('a', 'b', 'c'));
