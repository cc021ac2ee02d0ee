-- Modify "item" table
ALTER TABLE [dbo].[item] ADD UNIQUE NONCLUSTERED ([code] ASC, [kind] ASC);
