-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [code] varchar(60) NULL;
