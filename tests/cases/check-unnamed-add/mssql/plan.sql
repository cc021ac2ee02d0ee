-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CHECK (qty > 0);
