-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [gross];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [price];
