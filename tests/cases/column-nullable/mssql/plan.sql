-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [qty] int NULL;
