-- Rename a constraint from "two" to "trueup_name_1"
EXEC sp_rename N'[dbo].[two]', N'trueup_name_1', N'OBJECT';
-- Rename a constraint from "one" to "two"
EXEC sp_rename N'[dbo].[one]', N'two', N'OBJECT';
-- Modify "town" table
ALTER TABLE [dbo].[town] DROP CONSTRAINT [four];
-- Rename a constraint from "three" to "one"
EXEC sp_rename N'[dbo].[three]', N'one', N'OBJECT';
-- Rename a constraint from "trueup_name_1" to "three"
EXEC sp_rename N'[dbo].[trueup_name_1]', N'three', N'OBJECT';
