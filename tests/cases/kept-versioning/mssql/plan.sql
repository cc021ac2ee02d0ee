-- Modify "salary" table
ALTER TABLE [dbo].[salary] ADD [note] varchar(5) NULL;
