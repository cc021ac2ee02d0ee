-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [seq] bigint IDENTITY (100, 10) NOT NULL;
