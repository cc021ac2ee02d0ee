-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [qty] int NOT NULL DEFAULT '7', [kind] varchar(10) NOT NULL DEFAULT 'it''s';
