-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [a] varchar(9) COLLATE Latin1_General_BIN2 NULL;
