-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [a] varchar(100) NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [b] bigint NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [c] numeric(12,4) NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [d] float NULL;
