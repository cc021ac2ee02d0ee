-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [n] int NULL;
