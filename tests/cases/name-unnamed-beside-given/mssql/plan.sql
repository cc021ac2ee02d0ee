-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [mine];
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [mine] UNIQUE NONCLUSTERED ([b] ASC);
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD UNIQUE NONCLUSTERED ([a] ASC);
