-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [qty] int NULL;
-- Modify "item" table
EXEC (N'ALTER TABLE [dbo].[item] ADD CONSTRAINT [ck_item_qty] CHECK (qty > 0)');
