-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [a] varchar(30) NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [b] int NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [c] numeric(10,2) NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [d] real NULL;
