-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [a] int NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [b] numeric(8,2) NULL;
