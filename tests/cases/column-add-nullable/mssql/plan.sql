-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [note] varchar(MAX) NULL, [qty] int NULL;
