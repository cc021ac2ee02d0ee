-- Modify "item" table
ALTER TABLE [dbo].[item] DROP CONSTRAINT [uq_item];
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD CONSTRAINT [uq_item] UNIQUE NONCLUSTERED ([code] ASC, [kind] ASC);
