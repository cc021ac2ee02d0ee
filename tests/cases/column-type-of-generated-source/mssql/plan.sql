-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [b];
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [a] bigint NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [b] AS (a * 2);
