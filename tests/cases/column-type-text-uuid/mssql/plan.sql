-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [a] uniqueidentifier NOT NULL;
