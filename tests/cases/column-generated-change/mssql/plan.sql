-- Drop index "ix_b" from table: "item"
DROP INDEX [ix_b] ON [dbo].[item];
-- Modify "item" table
ALTER TABLE [dbo].[item] DROP COLUMN [b];
-- Modify "item" table
ALTER TABLE [dbo].[item] ADD [b] AS (a * 3) PERSISTED;
-- Create index "ix_b" to table: "item"
CREATE NONCLUSTERED INDEX [ix_b] ON [dbo].[item] ([b] ASC);
