-- Rename an index from "by_name" to "by_size"
EXEC sp_rename N'[dbo].[club].[by_name]', N'by_size', N'INDEX';
-- Drop index "by_size" from table: "team"
DROP INDEX [by_size] ON [dbo].[team];
-- Modify "team" table
ALTER TABLE [dbo].[team] ALTER COLUMN [size] int NOT NULL;
-- Create index "by_town" to table: "team"
CREATE NONCLUSTERED INDEX [by_town] ON [dbo].[team] ([name] ASC);
-- Rename an index from "by_town" to "by_name"
EXEC sp_rename N'[dbo].[town].[by_town]', N'by_name', N'INDEX';
