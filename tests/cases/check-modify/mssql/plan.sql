-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [ck_item_qty];
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [ck_item_qty] CHECK (qty > 0 AND qty < 100);
