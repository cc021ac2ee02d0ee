-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [qty] int NOT NULL;
