-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [uq_code];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [lower_code];
-- Modify "item" table
ALTER TABLE [dbo].[item] ALTER COLUMN [code] varchar(60) NULL;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [lower_code] AS (lower([code])) PERSISTED;
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [uq_code] UNIQUE NONCLUSTERED ([code] ASC, [lower_code] ASC);
