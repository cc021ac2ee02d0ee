-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [a] datetimeoffset(7) NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [b] datetime2(7) NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [c] datetime2(0) NULL;
